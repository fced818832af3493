// From an operator's options to what it computes. Options are a table of a union: a number says which.
// What the schema gives as a field's default stands where the file leaves it out, and a whole table left
// out is all defaults; a table of another operator, or a number that cannot be, is refused.

/// A table of options, read field by field.
struct TFLiteOptions {
  /// Of the union; 0 for none.
  let type: UInt8
  let table: FlatBuffer.Table?
  let file: FlatBuffer
  let refused: (String) -> ModelLoadingError

  /// A window holds no number larger.
  static let largest = 1 << 16

  /// Checks that the options, where there are any, are this operator's.
  private func check(_ own: UInt8) throws(ModelLoadingError) {
    guard type == 0 || type == own, (type == 0) == (table == nil) else {
      throw refused(
        "its options are of kind \(type)\(table == nil ? ", and not there" : ""), not of kind \(own)")
    }
  }

  private func integer(_ field: Int, or standard: Int32 = 0) throws(ModelLoadingError) -> Int {
    guard let table else { return Int(standard) }
    return Int(try file.integer(field, of: table, or: standard))
  }

  private func flag(_ field: Int) throws(ModelLoadingError) -> Bool {
    guard let table else { return false }
    return try file.flag(field, of: table)
  }

  private func text(_ field: Int) throws(ModelLoadingError) -> String {
    guard let table else { return "" }
    var copy = file
    return try copy.string(field, of: table) ?? ""
  }

  private func byte(_ field: Int) throws(ModelLoadingError) -> Int8 {
    guard let table else { return 0 }
    return try file.integer(field, of: table, or: Int8(0))
  }

  private func number(_ field: Int) throws(ModelLoadingError) -> Float {
    guard let table else { return 0 }
    let number = try file.float(field, of: table)
    guard number.isFinite else { throw refused("its option \(number) is no number") }
    return number
  }

  private func integers(_ field: Int) throws(ModelLoadingError) -> [Int]? {
    guard let table, let vector = try file.vector(field, of: table, width: 4) else { return nil }
    guard vector.count <= Literal.maximumRank else {
      throw refused("\(vector.count) axes are more than \(Literal.maximumRank)")
    }
    var copy = file
    return try copy.integers(field, of: table, Int32.self).map(Int.init)
  }

  private func activation(_ field: Int) throws(ModelLoadingError) -> TFLiteActivation {
    let number = try byte(field)
    guard let activation = TFLiteActivation(rawValue: number) else {
      let name = [4: "TANH", 5: "SIGN_BIT"][number] ?? "\(number)"
      throw refused(
        "the fused activation \(name) is not read: export the model with a layer of its own for it")
    }
    return activation
  }

  /// Two numbers of a window: the file has width before height.
  private func pair(_ what: String, width: Int, height: Int, or standard: Int32 = 0)
    throws(ModelLoadingError) -> [Int]
  {
    let pair = [try integer(height, or: standard), try integer(width, or: standard)]
    guard pair.allSatisfy({ (1...Self.largest).contains($0) }) else {
      throw refused("its \(what) \(pair) are not from 1 to \(Self.largest)")
    }
    return pair
  }

  private func window(activation: Int, dilations: Int? = nil) throws(ModelLoadingError) -> TFLiteWindow {
    let number = try byte(0)
    guard let padding = TFLitePadding(rawValue: number) else {
      throw refused("there is no padding \(number)")
    }
    var window = TFLiteWindow(
      padding: padding, strides: try pair("strides", width: 1, height: 2),
      activation: try self.activation(activation))
    if let dilations {
      window.dilations = try pair("dilations", width: dilations, height: dilations + 1, or: 1)
    }
    return window
  }

  private func grid(_ first: Int) throws(ModelLoadingError) -> TFLiteGrid {
    let grid = TFLiteGrid(alignsCorners: try flag(first), hasHalfPixels: try flag(first + 1))
    guard !grid.alignsCorners || !grid.hasHalfPixels else {
      throw refused("it aligns both corners and centers of pixels, which cannot be")
    }
    return grid
  }

  private func block() throws(ModelLoadingError) -> Int {
    let block = try integer(0)
    guard (1...Self.largest).contains(block) else { throw refused("a block of \(block) is not possible") }
    return block
  }

  private func masks() throws(ModelLoadingError) -> TFLiteSliceMasks {
    func mask(_ field: Int) throws(ModelLoadingError) -> Int32 { Int32(try integer(field)) }
    return TFLiteSliceMasks(
      begin: try mask(0), end: try mask(1), ellipsis: try mask(2), newAxis: try mask(3), shrink: try mask(4),
      isOffset: try flag(5))
  }
}

extension TFLiteOptions {
  func operation(of builtin: TFLiteBuiltin) throws(ModelLoadingError) -> TFLiteOperation {
    if let own = Self.type(of: builtin) { try check(own) }
    switch builtin {
    case .conv2D: return .conv2D(try window(activation: 3, dilations: 4))
    // The multiplier of field 3 is what the weights' shape says, and may be absent.
    case .depthwiseConv2D: return .depthwiseConv2D(try window(activation: 4, dilations: 5))
    case .transposeConv: return .transposeConv(try window(activation: 3))
    case .fullyConnected:
      guard try byte(1) == 0 else {
        throw refused("its weights are shuffled: convert the model without that")
      }
      return .fullyConnected(try activation(0), keepsAxes: try flag(2))
    case .averagePool2D:
      return .averagePool2D(try window(activation: 5), kernel: try pair("filters", width: 3, height: 4))
    case .maxPool2D:
      return .maxPool2D(try window(activation: 5), kernel: try pair("filters", width: 3, height: 4))
    case .add: return .add(try activation(0))
    case .sub: return .sub(try activation(0))
    case .mul: return .mul(try activation(0))
    case .maximum: return .maximum
    case .minimum: return .minimum
    case .concatenation:
      guard try activation(1) == .none else { throw refused("it has a fused function, which is not read") }
      return .concatenation(axis: try integer(0))
    case .pad: return .pad
    case .padV2: return .padV2
    case .mirrorPad:
      let mode = try byte(0)
      guard mode == 0 || mode == 1 else { throw refused("there is no mode \(mode)") }
      return .mirrorPad(isSymmetric: mode == 1)
    case .mean: return .mean(keepsAxes: try flag(0))
    case .sum: return .sum(keepsAxes: try flag(0))
    case .reduceMax: return .reduceMax(keepsAxes: try flag(0))
    case .reshape: return .reshape(try integers(0))
    case .squeeze: return .squeeze(axes: try integers(0) ?? [])
    case .expandDims: return .expandDims
    case .transpose: return .transpose
    case .shape: return .shape
    case .softmax: return .softmax(beta: try beta())
    case .logSoftmax: return .logSoftmax
    case .logistic: return .logistic
    case .tanh: return .tanh
    case .relu: return .relu
    case .relu6: return .relu6
    case .reluN1To1: return .reluN1To1
    case .elu: return .elu
    case .hardSwish: return .hardSwish
    case .prelu: return .prelu
    case .leakyRelu: return .leakyRelu(alpha: try number(0))
    case .quantize: return .quantize
    case .dequantize: return .dequantize
    case .cast: return .cast
    case .resizeNearestNeighbor: return .resizeNearestNeighbor(try grid(0))
    // Fields 0 and 1 were sizes once.
    case .resizeBilinear: return .resizeBilinear(try grid(2))
    case .stridedSlice: return .stridedSlice(try masks())
    case .slice: return .slice
    case .split: return .split
    case .splitV: return .splitV
    case .gather: return .gather(axis: try integer(0), batchAxes: try integer(1))
    case .pack: return .pack(axis: try integer(1))
    case .unpack: return .unpack(axis: try integer(1))
    case .tile: return .tile
    case .argMax: return .argMax
    case .argMin: return .argMin
    case .spaceToDepth: return .spaceToDepth(block: try block())
    case .depthToSpace: return .depthToSpace(block: try block())
    case .callOnce: return .callOnce(subgraph: try integer(0))
    case .varHandle:
      return .varHandle(TFLiteVariable(container: try text(0), name: try text(1)))
    case .unidirectionalSequenceLSTM:
      guard try byte(0) == 4 else { throw refused("its function is not TANH, and no other is read") }
      guard try !flag(5) else { throw refused("its recurrent matrices are diagonals, which are not read") }
      return .unidirectionalSequenceLSTM(cellClip: try number(1), framesFirst: try flag(3))
    case .svdf: return .svdf(rank: Int(try integer(0)), try activation(1))
    case .readVariable: return .readVariable
    case .assignVariable: return .assignVariable
    }
  }

  private func beta() throws(ModelLoadingError) -> Float {
    let beta = try number(0)
    guard beta > 0 else { throw refused("its beta \(beta) is not above 0") }
    return beta
  }

  /// The union's number for an operator whose options are read; nil where it has none that matter.
  private static func type(of builtin: TFLiteBuiltin) -> UInt8? {
    switch builtin {
    case .conv2D: 1
    case .depthwiseConv2D: 2
    case .averagePool2D, .maxPool2D: 5
    case .fullyConnected: 8
    case .softmax: 9
    case .concatenation: 10
    case .add: 11
    case .resizeBilinear: 15
    case .reshape: 17
    case .spaceToDepth: 19
    case .mul: 21
    case .gather: 23
    case .mean, .sum, .reduceMax: 27
    case .sub: 28
    case .squeeze: 30
    case .stridedSlice: 32
    case .transposeConv: 49
    case .pack: 59
    case .unpack: 64
    case .resizeNearestNeighbor: 74
    case .leakyRelu: 75
    case .mirrorPad: 77
    case .depthToSpace: 94
    case .callOnce: 103
    case .varHandle: 111
    case .unidirectionalSequenceLSTM: 71
    case .svdf: 6
    case .maximum, .minimum, .pad, .padV2, .expandDims, .transpose, .shape, .logSoftmax, .logistic, .tanh,
      .relu, .relu6, .reluN1To1, .elu, .hardSwish, .prelu, .quantize, .dequantize, .cast, .slice, .split,
      .splitV, .tile, .argMax, .argMin, .readVariable, .assignVariable:
      nil
    }
  }
}
