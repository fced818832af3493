// Tensors: shape, element, what integers stand for, and where the data of constants lie.

import ModelGraph

extension TFLiteReader {
  /// Reads a tensor; what is wrong with its meaning is kept in `faults`, and an empty tensor in its place.
  mutating func readTensor(_ table: FlatBuffer.Table) throws(ModelLoadingError) {
    let name = try file.string(3, of: table) ?? ""
    do {
      let own = try tensor(table, name: name)
      if own.isVariable {
        // Those operators that keep state know it; others cannot read it.
        faults[tensors.count] = .tensor(
          name: name.isEmpty ? "\(tensors.count)" : name, node: "", operator: "",
          reason: "it is a variable, which keeps state from one call to the next, and that is not read: export the model "
            + "with its states as inputs and outputs")
      }
      tensors.append(own)
    } catch {
      // Damage of the file is no matter of meaning.
      guard case .tensor = error else { throw error }
      faults[tensors.count] = error
      tensors.append(
        TFLiteTensor(
          name: name, shape: [], hasFreeBatch: false, element: .float32, quantization: nil, data: nil))
    }
  }

  private mutating func tensor(_ table: FlatBuffer.Table, name: String) throws(ModelLoadingError)
    -> TFLiteTensor
  {
    let shown = name.isEmpty ? "\(tensors.count)" : name
    func refused(_ reason: String) -> ModelLoadingError {
      .tensor(name: shown, node: "", operator: "", reason: reason)
    }
    let shape = try file.integers(0, of: table, Int32.self).map(Int.init)
    let signature = try file.integers(7, of: table, Int32.self)
    let number = try file.integer(1, of: table, or: Int8(0))
    let quantization = try file.table(4, of: table)
    guard let element = TFLiteElement(rawValue: number) else {
      throw refused("its elements are of type \(number), which is not known")
    }
    guard shape.count <= Literal.maximumRank, shape.allSatisfy({ $0 >= 1 }),
      saturatingProduct(shape) <= Graph.maximumElements
    else {
      throw refused(
        "its shape \(shape) is not possible: sizes are from 1 on, at most \(Literal.maximumRank) of them, and "
          + "elements at most \(Graph.maximumElements)")
    }
    guard try !file.has(6, of: table) else {
      throw refused("it is stored sparse, which is not read: convert the model without sparse encoding")
    }
    guard try file.integer(10, of: table, or: UInt32(0)) == 0 else {
      throw refused("its data lie in another file, which is not read: put them into this one")
    }
    return TFLiteTensor(
      name: name, shape: shape, hasFreeBatch: signature.count == shape.count && signature.first == -1,
      element: element, quantization: try self.quantization(quantization, element, shape, refused),
      data: try data(table, element, shape, refused), isVariable: try file.flag(5, of: table))
  }

  private mutating func quantization(
    _ table: FlatBuffer.Table?, _ element: TFLiteElement, _ shape: [Int],
    _ refused: (String) -> ModelLoadingError
  ) throws(ModelLoadingError) -> TFLiteQuantization? {
    guard let table else { return nil }
    let scales = try file.floats(2, of: table)
    let zeroPoints = try file.integers(3, of: table, Int64.self).map(Int.init)
    // A bias may carry the axis of its weights.
    let named = Int(try file.integer(6, of: table, or: Int32(0)))
    let axis = shape.count == 1 ? 0 : named
    guard try file.integer(4, of: table, or: UInt8(0)) == 0 else {
      throw refused("its scales are those of blocks or of another scheme, and scales of channels are read")
    }
    guard !scales.isEmpty, let range = element.range, element != .bool, element != .int64 else { return nil }
    guard scales.count == 1 || shape.indices.contains(axis) && shape[axis] == scales.count else {
      throw refused(
        "\(scales.count) scales are neither one nor one for each position of axis \(axis) of \(shape)")
    }
    guard zeroPoints.count == scales.count else {
      throw refused("it has \(scales.count) scales and \(zeroPoints.count) zero points")
    }
    guard let scale = scales.first(where: { !($0 > 0 && $0.isFinite) }) else {
      guard let point = zeroPoints.first(where: { !range.contains($0) }) else {
        return TFLiteQuantization(
          scales: scales, zeroPoints: zeroPoints, axis: scales.count == 1 ? nil : axis)
      }
      throw refused("its zero point \(point) is none of \(element.name)")
    }
    throw refused("its scale \(scale) is not above 0 and finite")
  }

  /// The place of a constant's data; nil where the tensor has none.
  private func data(
    _ table: FlatBuffer.Table, _ element: TFLiteElement, _ shape: [Int],
    _ refused: (String) -> ModelLoadingError
  ) throws(ModelLoadingError) -> Range<Int>? {
    let index = Int(try file.integer(2, of: table, or: UInt32(0)))
    guard buffers.indices.contains(index) else {
      throw refused("there is no buffer \(index) of \(buffers.count)")
    }
    let range = try range(of: buffers[index])
    if range.isEmpty { return nil }
    guard let width = element.width else { throw refused("its data are \(element.name), which are not read") }
    guard range.count == saturatingProduct(shape) * width else {
      throw refused(
        "its shape \(shape) asks for \(width) bytes each, and it has \(range.count) bytes of data")
    }
    return range
  }

  /// Data lie in the buffer or, in files beyond 2 GiB and some others, behind all tables.
  private func range(of buffer: FlatBuffer.Table) throws(ModelLoadingError) -> Range<Int> {
    if let vector = try file.vector(0, of: buffer, width: 1), vector.count > 0 {
      return vector.start..<vector.start + vector.count
    }
    let (offset, size) = (
      try file.integer(1, of: buffer, or: UInt64(0)), try file.integer(2, of: buffer, or: UInt64(0))
    )
    // 0 and 1 stand for none.
    guard offset > 1, size > 0 else { return 0..<0 }
    let total = UInt64(file.bytes.count)
    guard offset <= total, size <= total - offset else {
      throw .flatBuffer(
        offset: buffer.position, reason: "\(size) bytes of data at byte \(offset) lie outside the file")
    }
    return Int(offset)..<Int(offset + size)
  }
}
