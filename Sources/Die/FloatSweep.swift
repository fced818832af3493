// Which sums a convolution of floats computes (`do_plane` of kgl_op_convolution.c): windows that lie whole in the
// image in strips of eight or of four, the last of which may overlap the one before it; those that an edge cuts off by
// the taps that are inside. Without a floating-point unit each product is hundreds of instructions, so what is
// outside may not be counted.

/// The sums of a filter over its plane.
struct FloatSweep {
  /// Those that are computed twice among them.
  let sums: Int
  /// For each tap, row by row of the kernel, in how many of the sums it is.
  let products: [Int]

  /// - Complexity: O(outputs along the axes x kernel along them).
  init(_ w: ConvolutionWindow) {
    let (rows, columns) = Self.axes(w)
    let (strip, column) = (Self.computed(columns.whole.count), Self.computed(rows.whole.count))
    sums = rows.outputs * strip + columns.cut.count * (column + rows.cut.count)
    products = (0..<rows.kernel).flatMap { y in
      let all = (rows.whole.count + rows.cuts(with: y)) * strip
      return (0..<columns.kernel).map { x in all + columns.cuts(with: x) * (column + rows.cuts(with: y)) }
    }
  }

  /// How many are computed for so many windows in a strip.
  private static func computed(_ windows: Int) -> Int {
    let width = windows >= 8 ? 8 : windows >= 4 ? 4 : 1
    return (windows + width - 1) / width * width
  }

  /// Of the shape that the kernel sees (`kgl_window_flatten`).
  private static func axes(_ w: ConvolutionWindow) -> (rows: Axis, columns: Axis) {
    let one = Axis(outputs: 1, size: 1, kernel: 1, stride: 1, dilation: 1, before: 0)
    let rows = Axis(outputs: w.oh, size: w.h, kernel: w.kh, stride: w.sh, dilation: w.dh, before: w.top)
    if w.w == 1 && w.ow == 1 && w.kw == 1 && w.left == 0 { return (one, rows) }
    if w.isPointwise { return (one, Axis(outputs: w.pixels, size: w.pixels, kernel: 1, stride: 1, dilation: 1, before: 0)) }
    return (rows, Axis(outputs: w.ow, size: w.w, kernel: w.kw, stride: w.sw, dilation: w.dw, before: w.left))
  }
}

/// Outputs along an axis of the image.
private struct Axis {
  let outputs, kernel: Int
  /// Outputs whose taps are all inside, and the others.
  let whole: Range<Int>
  let cut: [Int]
  private let size, stride, dilation, before: Int

  init(outputs: Int, size: Int, kernel: Int, stride: Int, dilation: Int, before: Int) {
    (self.outputs, self.size, self.kernel) = (outputs, size, kernel)
    (self.stride, self.dilation, self.before) = (stride, dilation, before)
    let first = (before + stride - 1) / stride
    let room = size + before - (kernel - 1) * dilation
    let past = min(outputs, (max(0, room) + stride - 1) / stride)
    let whole = first < past ? first..<past : 0..<0
    self.whole = whole
    cut = (0..<outputs).filter { !whole.contains($0) }
  }

  /// How many of the outputs that are cut off have this tap.
  func cuts(with tap: Int) -> Int {
    cut.count { (0..<size).contains($0 * stride + tap * dilation - before) }
  }
}
