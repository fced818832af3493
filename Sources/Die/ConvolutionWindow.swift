// Where a convolution's filters lie on its input, and what the kernels of the C runtime make of that.

import Blob

/// The windows of a convolution.
struct ConvolutionWindow {
  let groups, filters, h, w, oh, ow, kh, kw, sh, sw, dh, dw, c, top, left: Int
  let isInside: Bool

  init?(_ step: BlobStep) {
    if case .convolution(let window) = step {
      self.init(of: window)
    } else if case .integer(let integer) = step, case .convolution(let window) = integer.form {
      self.init(of: window)
    } else if case .integer(let integer) = step, case .exactConvolution(let window) = integer.form {
      self.init(of: window)
    } else {
      return nil
    }
  }

  private init<Finish>(of w: BlobConvolution<Finish>) {
    (groups, filters) = (w.groups, w.o / w.groups)
    (oh, ow, kh, kw, sh, sw, dh, dw) = (w.oh, w.ow, w.kh, w.kw, w.sh, w.sw, w.dh, w.dw)
    (h, self.w, top, left) = (w.h, w.w, w.top, w.left)
    c = w.c / w.groups
    isInside =
      w.top == 0 && w.left == 0 && (w.oh - 1) * w.sh + (w.kh - 1) * w.dh < w.h
      && (w.ow - 1) * w.sw + (w.kw - 1) * w.dw < w.w
  }

  var pixels: Int { oh * ow }
  /// Whether there is one window, which is the image: of exact rows as they lie (`is_whole` of kgl_integer_whole.h).
  var isWhole: Bool { pixels == 1 && isInside && kh == h && kw == w && (dh == 1 || kh == 1) && (dw == 1 || kw == 1) }
  var isPointwise: Bool { kh == 1 && kw == 1 && sh == 1 && sw == 1 && isInside }
  var isDepthwise: Bool { c == 1 && filters == 1 && kh == 3 && kw == 3 && dh == 1 && dw == 1 && sw <= 2 }
  /// Of a row as the kernels see it.
  var flatWidth: Int { isPointwise ? pixels : kw == 1 && ow == 1 ? oh : ow }
  var sweptPixels: Int { isInStrips ? (pixels + 7) / 8 * 8 : sweptByRows }
  private var sweptByRows: Int { (flatWidth + 7) / 8 * 8 * (pixels / max(1, flatWidth)) }

  /// Elements of a channel with its border, at least eight windows wide.
  private var bordered: Int {
    isInside && flatWidth >= 8 ? h * w : ((oh - 1) * sh + (kh - 1) * dh + 1) * ((max(ow, 8) - 1) * sw + (kw - 1) * dw + 1)
  }
  /// Those of a channel's strips (`lay_in_strips` of kgl_integer_layout.h).
  private var strips: Int { (oh + (kh - 1) * dh / sh) * ow * min((kh - 1) * dh + 1, sh) * kw }
  var isInStrips: Bool {
    flatWidth == ow && !isPointwise && pixels >= 8 && strips <= 32767 && 8 * (pixels / 8 + 1) <= 7 * (sweptByRows / 8)
      && (strips <= 2 * bordered || strips * c <= 1024)
  }
  var isCopied: Bool { isInStrips || !isInside || flatWidth < 8 }
  /// Whether a strip is a piece of the image.
  var isLaidAtOnce: Bool { sh == 1 && sw == 1 && w == ow }
  /// Of a channel: pieces that are copied.
  var copies: Int {
    if !isInStrips { return h }
    return min((kh - 1) * dh + 1, sh) * kw * (isLaidAtOnce ? 1 : oh + (kh - 1) * dh / sh)
  }
  var tilePixels: Int { (pixels + 3) / 4 * 4 }
  /// Elements of a group's channels with their border.
  var copied: Int { isInStrips ? c * strips : c * ((oh - 1) * sh + (kh - 1) * dh + 1) * ((ow - 1) * sw + (kw - 1) * dw + 1) }
}
