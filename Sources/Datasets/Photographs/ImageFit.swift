/// How photographs of any size become what a network takes.
public struct ImageFit: Equatable, Sendable {
  /// Where a photograph goes whose sides are in another proportion than the input's.
  public enum Method: String, Codable, Sendable, CaseIterable {
    /// Over the whole input, its proportions lost: OpenCV's `blobFromImage`, and Darknet's `detector test`.
    case stretch
    /// As large as goes in whole, in the middle, grey (128) beside it: Darknet's `letterbox_image`, by which
    /// `darknet detect` and many exporters' tools read.
    case letterbox
  }

  public let method: Method
  /// Pixels of the input.
  public let width: Int
  public let height: Int
  /// Grey becomes colours, or colours grey, where a photograph has others.
  public let channels: Int

  /// What letterboxes are filled with: Darknet's 0.5, rounded to a byte.
  static let grey: UInt8 = 128

  /// - Precondition: sizes above 0; 1 or 3 channels.
  public init(_ method: Method, width: Int, height: Int, channels: Int) {
    precondition(width > 0 && height > 0, "an input has pixels")
    precondition(channels == 1 || channels == 3, "photographs have 1 or 3 channels")
    (self.method, self.width, self.height, self.channels) = (method, width, height, channels)
  }

  /// Where a photograph lies in the input; sizes are rounded down as Darknet does, to no less than 1.
  package func placement(ofWidth photoWidth: Int, height photoHeight: Int) -> Placement {
    var (w, h) = (width, height)
    if method == .letterbox {
      if Float(width) / Float(photoWidth) < Float(height) / Float(photoHeight) {
        h = max(1, photoHeight * width / photoWidth)
      } else {
        w = max(1, photoWidth * height / photoHeight)
      }
    }
    return Placement(
      left: (width - w) / 2, top: (height - h) / 2, width: w, height: h, inputWidth: width, inputHeight: height)
  }
}

/// Where a photograph lies in a network's input, in its pixels.
package struct Placement: Equatable, Sendable {
  package var left: Int
  package var top: Int
  package var width: Int
  package var height: Int
  package var inputWidth: Int
  package var inputHeight: Int
}

extension Photograph {
  /// The photograph as an input takes it.
  ///
  /// - Returns: [channels, height, width] of the input, 0...255, and where in it the photograph lies.
  package func fitted(to fit: ImageFit) -> (planes: [UInt8], placement: Placement) {
    let photograph = inChannels(fit.channels)
    let placement = fit.placement(ofWidth: width, height: height)
    let count = fit.channels * fit.height * fit.width
    let planes = [UInt8](unsafeUninitializedCapacity: count) { planes, initialized in
      planes.initialize(repeating: ImageFit.grey)
      Resampling.bilinear(photograph, to: placement, in: planes.baseAddress!)
      initialized = count
    }
    return (planes, placement)
  }
}
