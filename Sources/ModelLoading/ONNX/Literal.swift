// Constants known while a model is imported: weights, axes, shapes.
//
// Numbers are held as float32 or as sizes. A size is a whole number or "the batch", which keeps a
// free batch axis symbolic through the chains with which exporters compute shapes
// (`x.view(x.size(0), -1)` is Shape, Gather, Unsqueeze, Concat, Reshape).

/// One number of a shape.
enum Size: Equatable, Sendable, CustomStringConvertible {
  case known(Int)
  /// How many samples there are in a batch.
  case batch

  var description: String {
    switch self {
    case .known(let number): "\(number)"
    case .batch: "batch"
    }
  }
}

/// A constant tensor, row-major, with the shape the file gives it.
struct Literal: Equatable, Sendable {
  enum Content: Equatable, Sendable {
    case floats([Float])
    /// Integers and truth values of the file.
    case sizes([Size])
  }

  /// The ONNX value that it is; decides which parameters are one and the same.
  var name: String
  let shape: [Int]
  let content: Content

  init(name: String, shape: [Int], content: Content) {
    self.name = name
    self.shape = shape
    self.content = content
    precondition(count == saturatingProduct(shape))
  }

  var count: Int {
    switch content {
    case .floats(let values): values.count
    case .sizes(let values): values.count
    }
  }

  /// The same numbers under another shape of the same size.
  func reshaped(to shape: [Int]) -> Literal { Literal(name: name, shape: shape, content: content) }

  /// Element [i, j, ...] of the result is number `offset + i * strides[0] + j * strides[1] + ...`
  /// of this one: transposes, slices and broadcasts are all of this form.
  func gathered(shape: [Int], strides: [Int], offset: Int = 0) -> Literal {
    let content: Content =
      switch self.content {
      case .floats(let values):
        .floats(ModelLoading.gathered(values, shape: shape, strides: strides, offset: offset))
      case .sizes(let values):
        .sizes(ModelLoading.gathered(values, shape: shape, strides: strides, offset: offset))
      }
    return Literal(name: name, shape: shape, content: content)
  }

  /// Axes in another order: axis i of the result is axis `permutation[i]`.
  func transposed(_ permutation: [Int]) -> Literal {
    let strides = rowMajorStrides(shape)
    return gathered(shape: permutation.map { shape[$0] }, strides: permutation.map { strides[$0] })
  }

  /// Repeated along axes of size one, from the right, to `shape`.
  ///
  /// - Precondition: this shape broadcasts to `shape`.
  func broadcast(to shape: [Int]) -> Literal {
    let missing = shape.count - self.shape.count
    let own = rowMajorStrides(self.shape)
    let strides = shape.indices.map { axis in
      axis < missing || self.shape[axis - missing] == 1 ? 0 : own[axis - missing]
    }
    return gathered(shape: shape, strides: strides)
  }
}

extension Literal {
  /// The slices at `indices` along an axis, in that order.
  ///
  /// - Precondition: every index is one of the axis.
  func picking(_ indices: [Int], axis: Int) -> Literal {
    var shape = self.shape
    let (size, block) = (shape[axis], saturatingProduct(shape[(axis + 1)...]))
    shape[axis] = indices.count
    let rows = saturatingProduct(shape) == 0 ? 0 : saturatingProduct(shape[..<axis])
    func picked<T>(_ values: [T]) -> [T] {
      var result: [T] = []
      for row in 0..<rows {
        for index in indices {
          let start = (row * size + index) * block
          result += values[start..<start + block]
        }
      }
      return result
    }
    let content: Content =
      switch self.content {
      case .floats(let values): .floats(picked(values))
      case .sizes(let values): .sizes(picked(values))
      }
    return Literal(name: name, shape: shape, content: content)
  }

  /// The numbers of `parts`, joined along an axis to `shape`; nil where the parts differ in type.
  ///
  /// - Precondition: the parts differ in that axis only, and its sizes sum to `shape`'s.
  static func joined(_ parts: [Literal], shape: [Int], axis: Int) -> Content? {
    let rows = saturatingProduct(shape) == 0 ? 0 : saturatingProduct(shape[..<axis])
    func joined<T>(_ lists: [[T]]) -> [T] {
      var result: [T] = []
      for row in 0..<rows {
        for list in lists {
          let width = list.count / rows
          result += list[row * width..<(row + 1) * width]
        }
      }
      return result
    }
    let floats = parts.compactMap { part in
      if case .floats(let values) = part.content { values } else { nil }
    }
    let sizes = parts.compactMap { part in
      if case .sizes(let values) = part.content { values } else { nil }
    }
    guard floats.isEmpty || sizes.isEmpty else { return nil }
    return sizes.isEmpty ? .floats(joined(floats)) : .sizes(joined(sizes))
  }
}

/// `shape.elementCount` elements of `source`, found by strides.
///
/// - Precondition: every index so made is one of `source`; an empty shape reads nothing.
func gathered<T>(_ source: [T], shape: [Int], strides: [Int], offset: Int) -> [T] {
  let count = saturatingProduct(shape)
  var result: [T] = []
  result.reserveCapacity(count)
  var index = [Int](repeating: 0, count: shape.count)
  var position = offset
  while result.count < count {
    result.append(source[position])
    for axis in shape.indices.reversed() {
      index[axis] += 1
      position += strides[axis]
      if index[axis] < shape[axis] { break }
      position -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
  return result
}

/// Distance, in elements, between neighbours along each axis.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() {
    strides[axis] = strides[axis + 1] &* shape[axis + 1]
  }
  return strides
}

/// Product of sizes of at least 0; `Int.max` where it overflows, unless a size is 0.
func saturatingProduct(_ shape: some Collection<Int>) -> Int {
  if shape.contains(0) { return 0 }
  var product = 1
  for size in shape {
    let (value, overflow) = product.multipliedReportingOverflow(by: size)
    if overflow { return Int.max }
    product = value
  }
  return product
}

/// The shape to which two shapes broadcast from the right; nil where they do not.
func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int]? {
  let rank = max(a.count, b.count)
  let left = Array(repeating: 1, count: rank - a.count) + a
  let right = Array(repeating: 1, count: rank - b.count) + b
  var joined: [Int] = []
  for (m, n) in zip(left, right) {
    guard m == n || m == 1 || n == 1 else { return nil }
    joined.append(m == 1 ? n : m)
  }
  return joined
}
