/// What happens to raw values before a model sees them: `x = (raw - mean) * scale`, in float32.
///
/// The mean is in the file's own units (0 to 255 for pixels) and is taken off before scaling: the
/// convention of Caffe and of OpenCV's `blobFromImage`. A model trained on
/// `(pixel / 255 - m) / s` therefore wants `mean: 255 * m` and `scale: 1 / (255 * s)`.
public struct InputTransform: Equatable, Sendable {
  /// The order in which the model wants the axes of an image sample.
  ///
  /// Image formats (IDX of three or four axes, CIFAR-10, PNG, PGM/PPM) are stored with channels
  /// first here, and `channelsLast` rearranges them. NPY and NPZ samples are in the model's order
  /// already and are never rearranged: there the layout only says which axis is the channels, the
  /// first or the last, for a scale or mean of one value per channel.
  public enum Layout: String, Codable, Sendable, CaseIterable {
    /// [channels, height, width]
    case channelsFirst
    /// [height, width, channels]
    case channelsLast
  }

  /// One factor, or one per channel; finite and not 0.
  public let scale: [Float]
  /// One offset in the file's units, or one per channel; finite.
  public let mean: [Float]
  /// The order the model wants.
  public let layout: Layout

  /// - Precondition: neither `scale` nor `mean` is empty.
  public init(scale: [Float] = [1], mean: [Float] = [0], layout: Layout = .channelsFirst) {
    precondition(!scale.isEmpty && !mean.isEmpty, "a transform needs a scale and a mean")
    self.scale = scale
    self.mean = mean
    self.layout = layout
  }

  /// Whether every channel is treated alike.
  var isUniform: Bool { scale.count == 1 && mean.count == 1 }

  func scale(ofChannel channel: Int) -> Float { scale[scale.count == 1 ? 0 : channel] }
  func mean(ofChannel channel: Int) -> Float { mean[mean.count == 1 ? 0 : channel] }

  /// A transform from the user's choices, checked against the number of channels (at least 1).
  static func checked(
    scale: [Float], mean: [Float], layout: Layout, channels: Int
  ) throws(DatasetError) -> InputTransform {
    for (option, values) in [("scale", scale), ("mean", mean)] {
      guard values.count == 1 || values.count == channels else {
        throw .channelCount(option: option, values: values.count, channels: channels)
      }
      if let bad = values.first(where: { !$0.isFinite || (option == "scale" && $0 == 0) }) {
        throw .badOption(option: option, value: "\(bad)")
      }
    }
    return InputTransform(scale: scale, mean: mean, layout: layout)
  }
}
