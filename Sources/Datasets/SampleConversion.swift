/// From stored values to the model's float32 input, one sample at a time.
///
/// What scale, mean and layout ask for is settled once, as a short list of passes. A pass walks one
/// channel (or the whole sample, where all channels are treated alike) with a fixed step
/// through the stored sample and another through the result. Nearly always there is one pass with
/// both steps 1: a loop that compilers turn into vector code bound by memory.
struct SampleConversion: Sendable {
  private struct Pass {
    var source = 0
    var sourceStep = 1
    var target = 0
    var targetStep = 1
    var count: Int
    var scale: Float
    var mean: Float
  }

  /// One sample as the model sees it.
  let sampleShape: [Int]
  /// Elements in a sample.
  let size: Int
  private let passes: [Pass]

  /// - Parameters:
  ///   - shape: one sample as stored.
  ///   - isImage: whether `shape` is [channels, height, width] where it has three axes.
  init(shape: [Int], isImage: Bool, transform: InputTransform) {
    let channels = Self.channels(shape: shape, isImage: isImage, layout: transform.layout)
    let rearranges = isImage && shape.count == 3 && transform.layout == .channelsLast
    size = shape.reduce(1, *)
    sampleShape = rearranges ? [shape[1], shape[2], shape[0]] : shape
    let plane = size / channels
    if transform.isUniform && (!rearranges || channels == 1) {
      passes = [Pass(count: size, scale: transform.scale[0], mean: transform.mean[0])]
      return
    }
    let readsLast = !isImage && transform.layout == .channelsLast
    let writesLast = readsLast || rearranges
    passes = (0..<channels).map { channel in
      Pass(
        source: readsLast ? channel : channel * plane, sourceStep: readsLast ? channels : 1,
        target: writesLast ? channel : channel * plane, targetStep: writesLast ? channels : 1,
        count: plane, scale: transform.scale(ofChannel: channel),
        mean: transform.mean(ofChannel: channel))
    }
  }

  /// How many channels a stored sample has: its first axis, or its last one where the samples are
  /// in the model's order and that is channels-last; 1 for a scalar.
  static func channels(shape: [Int], isImage: Bool, layout: InputTransform.Layout) -> Int {
    (isImage || layout == .channelsFirst ? shape.first : shape.last) ?? 1
  }

  /// Converts one sample of 8-bit values; both pointers span ``size`` elements.
  func convert(_ source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<Float>) {
    for pass in passes {
      let from = source + pass.source
      let to = target + pass.target
      let (scale, mean) = (pass.scale, pass.mean)
      if pass.sourceStep == 1 && pass.targetStep == 1 {
        for i in 0..<pass.count { to[i] = (Float(from[i]) - mean) * scale }
      } else {
        for i in 0..<pass.count {
          to[i &* pass.targetStep] = (Float(from[i &* pass.sourceStep]) - mean) * scale
        }
      }
    }
  }

  /// Converts one sample of floats; both pointers span ``size`` elements.
  func convert(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    for pass in passes {
      let from = source + pass.source
      let to = target + pass.target
      let (scale, mean) = (pass.scale, pass.mean)
      if pass.sourceStep == 1 && pass.targetStep == 1 {
        for i in 0..<pass.count { to[i] = (from[i] - mean) * scale }
      } else {
        for i in 0..<pass.count {
          to[i &* pass.targetStep] = (from[i &* pass.sourceStep] - mean) * scale
        }
      }
    }
  }
}
