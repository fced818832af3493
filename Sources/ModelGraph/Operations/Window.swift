/// Which inputs each output of a convolution or pool sees: two axes, height then width.
public struct Window: Equatable, Sendable, Codable {
  /// Height and width, in taps.
  public var kernel: [Int]
  public var strides: [Int]
  public var dilations: [Int]
  /// Zeros added before (top, left) and after (bottom, right).
  public var padBefore: [Int]
  public var padAfter: [Int]
  /// Whether a last window may hang over the end (pools only).
  public var ceilMode: Bool

  public init(
    kernel: [Int], strides: [Int] = [1, 1], dilations: [Int] = [1, 1], padBefore: [Int] = [0, 0],
    padAfter: [Int] = [0, 0], ceilMode: Bool = false
  ) {
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.padBefore = padBefore
    self.padAfter = padAfter
    self.ceilMode = ceilMode
  }

  /// Outputs along axis `axis` (0 height, 1 width) for an input of `size`; nil where not even one
  /// window fits or a number is out of range.
  public func outputSize(_ size: Int, axis: Int) -> Int? {
    let (stride, dilation, taps) = (strides[axis], dilations[axis], kernel[axis])
    guard stride >= 1, dilation >= 1, taps >= 1, padBefore[axis] >= 0, padAfter[axis] >= 0,
      [stride, dilation, taps, padBefore[axis], padAfter[axis], size].allSatisfy({ $0 < 1 << 24 })
    else { return nil }
    let room = size + padBefore[axis] + padAfter[axis] - ((taps - 1) * dilation + 1)
    guard ceilMode else { return room >= 0 ? room / stride + 1 : nil }
    // Rounded up, also where the first window already hangs over the end: the quotient of a negative
    // room is rounded towards zero.
    let count = (room > 0 ? (room + stride - 1) / stride : room / stride) + 1
    // A window that would begin in the padding after the end is dropped.
    let kept = (count - 1) * stride >= size + padBefore[axis] ? count - 1 : count
    return kept >= 1 ? kept : nil
  }

  /// Taps and pads as people write them, for messages.
  public var description: String {
    var words = "a window of \(kernel)"
    if dilations != [1, 1] { words += ", dilated by \(dilations)," }
    if padBefore + padAfter != [0, 0, 0, 0] { words += " with pads \(padBefore + padAfter)" }
    return words
  }
}

extension Window {
  package var isUnpadded: Bool { (padBefore + padAfter).allSatisfy { $0 == 0 } }

  /// Whether every place of the window sees some of the image and not its padding alone.
  package func alwaysSees(_ shape: [Int]) -> Bool {
    (0..<2).allSatisfy { axis in
      let size = shape[axis + 1]
      return (0..<(outputSize(size, axis: axis) ?? 0)).allSatisfy { place in
        (0..<kernel[axis]).contains { tap in
          (0..<size).contains(place * strides[axis] + tap * dilations[axis] - padBefore[axis])
        }
      }
    }
  }
}
