/// WAV, recordings of sound: PCM of 8 to 32 bits and floats, any number of channels, cut into windows as long as the input.
///
/// A sample is [length], or [channels, length] where there are several; integers have scale 1 over their largest number, so
/// that samples are -1 to 1. A recording gives as many whole windows as it has, one behind the other, and one that ends in
/// silence where it is shorter than one. Sources: RIFF's "Multimedia Programming Interface and Data Specifications 1.0",
/// and WAVEFORMATEXTENSIBLE.
struct WAV {
  /// Numbers a second, of each channel.
  let rate: Int
  let channels: Int
  /// Largest number, which stands for 1.
  let full: Float
  /// [channels, length]
  let values: [Float]

  var length: Int { values.count / channels }

  static func matches(_ prefix: [UInt8]) -> Bool {
    prefix.count >= 12 && prefix.starts(with: "RIFF".utf8) && prefix[8..<12].elementsEqual("WAVE".utf8)
  }

  /// A whole recording.
  init(_ stream: ByteStream) throws(DatasetError) {
    guard Self.matches(stream.prefix) else { throw .unknownFormat(place: stream.place) }
    _ = try stream.bytes(12)
    var format: Format?
    var data: [UInt8]?
    while data == nil {
      let head = try stream.bytes(8)
      let size = Self.number(head[4...])
      let bytes = try stream.bytes(size)
      switch Array(head[..<4]) {
      case Array("fmt ".utf8): format = try Format(bytes, place: stream.place)
      case Array("data".utf8): data = bytes
      default: break
      }
      if size % 2 == 1, stream.possibleBytes > 0 { _ = try stream.bytes(1) }
    }
    guard let format, let data else { throw .badHeader(place: stream.place, field: "format of its numbers") }
    guard data.count > 0, data.count % (format.channels * format.type.bytes) == 0 else {
      throw .badHeader(place: stream.place, field: "length of its data")
    }
    (rate, channels) = (format.rate, format.channels)
    full = format.full
    values = try Self.values(data, format, place: stream.place)
  }

  /// Recordings as samples.
  ///
  /// - Parameters:
  ///   - paths: at least one, whose rates and channels must agree.
  ///   - labels: one a recording; each of its windows gets it.
  ///   - elements: of the input; nil: all recordings have one length.
  static func load(_ paths: [String], labels: [Int]?, notes: [String], elements: Int?) throws(DatasetError) -> SampleArray {
    var (values, ofWindows, count, short, left): ([Float], [Int], Int, Int, Int) = ([], [], 0, 0, 0)
    var first: WAV?
    for (index, path) in paths.enumerated() {
      let sound = try WAV(ByteStream(path: path))
      let model = first ?? sound
      first = model
      guard sound.rate == model.rate, sound.channels == model.channels, sound.full == model.full else {
        throw .soundDiffers(path: path, firstPath: paths[0])
      }
      let length = max(1, (elements ?? model.values.count) / model.channels)
      guard elements != nil || sound.length == length else { throw .soundDiffers(path: path, firstPath: paths[0]) }
      let windows = max(1, sound.length / length)
      guard 4 * (values.count + windows * length * sound.channels) <= Dataset.maximumBytes else {
        throw .tooLarge(place: path, bytes: 4 * (values.count + sound.values.count), limit: Dataset.maximumBytes)
      }
      if sound.length < length { short += 1 } else if sound.length % length > 0 { left += 1 }
      for window in 0..<windows { values += sound.window(window, length) }
      count += windows
      if let labels { ofWindows += [Int](repeating: labels[index], count: windows) }
    }
    guard let first else { throw .noSamples(place: paths.first ?? "") }
    let length = values.count / count / first.channels
    let remarks = [
      "sound of \(first.rate) Hz, \(count) windows of \(length)",
      short > 0 ? "\(short) recordings are shorter than the input and end in silence" : nil,
      left > 0 ? "what is left of \(left) recordings behind their last whole window is left out" : nil,
    ]
    return SampleArray(
      count: count, shape: first.channels == 1 ? [length] : [first.channels, length], storage: .floats(values), isImage: false,
      defaultScale: 1 / first.full, labels: labels == nil ? nil : ofWindows, notes: notes + remarks.compactMap { $0 })
  }

  /// One window of all channels, silent where the recording has ended.
  private func window(_ index: Int, _ length: Int) -> [Float] {
    (0..<channels).flatMap { channel in
      let from = channel * self.length + index * length
      let known = min(length, self.length - index * length)
      return Array(values[from..<(from + known)]) + [Float](repeating: 0, count: length - known)
    }
  }

  private struct Format {
    let channels: Int, rate: Int, bits: Int, isFloat: Bool

    init(_ bytes: [UInt8], place: String) throws(DatasetError) {
      guard bytes.count >= 16 else { throw .badHeader(place: place, field: "format of its numbers") }
      var code = number(bytes[..<2])
      if code == 0xFFFE, bytes.count >= 26 { code = number(bytes[24..<26]) } // the sub-format says what it is
      (channels, rate, bits) = (number(bytes[2..<4]), number(bytes[4..<8]), number(bytes[14..<16]))
      isFloat = code == 3
      guard code == 1 || code == 3 else { throw .unsupported(place: place, feature: "WAV that is not plain numbers (format \(code))") }
      guard (isFloat ? [32, 64] : [8, 16, 24, 32]).contains(bits) else {
        throw .unsupported(place: place, feature: "WAV with \(bits) bits a number")
      }
      guard (1...64).contains(channels) else { throw .badHeader(place: place, field: "number of channels") }
    }

    /// How numbers lie; those of 24 bits are taken apart by hand.
    var type: (bytes: Int, element: ElementType?) {
      let element: ElementType? = isFloat ? (bits == 32 ? .float32 : .float64) : [8: .uint8, 16: .int16, 32: .int32][bits]
      return (bits / 8, element)
    }

    var full: Float { isFloat ? 1 : Float(sign: .plus, exponent: bits - 1, significand: 1) }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }

  /// [channels, length] of numbers that lie channel by channel at each moment; those of 8 bits have no sign.
  private static func values(_ data: [UInt8], _ format: Format, place: String) throws(DatasetError) -> [Float] {
    let (width, element) = format.type
    let count = data.count / width, length = count / format.channels
    var flat = [Float](repeating: 0, count: count)
    if let element {
      flat.withUnsafeMutableBufferPointer { to in data.withUnsafeBytes { element.convert($0, bigEndian: false, into: to) } }
    } else {
      for i in 0..<count {
        let word = UInt32(data[3 * i]) << 8 | UInt32(data[3 * i + 1]) << 16 | UInt32(data[3 * i + 2]) << 24
        flat[i] = Float(Int32(bitPattern: word) >> 8)
      }
    }
    if element == .uint8 { flat = flat.map { $0 - 128 } }
    if let bad = flat.firstIndex(where: { !$0.isFinite }) { throw .notFinite(place: place, element: bad) }
    guard format.channels > 1 else { return flat }
    return (0..<format.channels).flatMap { channel in (0..<length).map { flat[$0 * format.channels + channel] } }
  }
}
