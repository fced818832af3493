// What every section reads, gives and takes from the weights, worked out from the configuration alone: before a
// number is read it is known how many there have to be, and nothing of a size that the configuration says is
// allocated on its word. Shapes are Darknet's: an image always, of one row and column behind connected layers.

import ModelGraph

/// A network as its configuration says it.
struct DarknetPlan {
  /// A section with its place in the network.
  struct Step {
    let section: DarknetSection
    let layer: DarknetLayer
    /// The steps that it reads, by number; nil: the network's input.
    let inputs: [Int?]
    /// Of what it reads, in the same order: channels, height, width.
    let inputShapes: [[Int]]
    let shape: [Int]
    /// Numbers of the weights that are its own.
    let numberCount: Int

    var name: String { section.name }
  }

  /// No weights hold more numbers than this (2 GiB).
  static let mostNumbers = 1 << 29

  /// Channels, height, width.
  let input: [Int]
  private(set) var steps: [Step] = []
  /// All numbers that the weights have to hold.
  private(set) var numberCount = 0

  /// - Parameter inputSize: of the input; nil: as the configuration says.
  /// - Throws: ``ModelLoadingError``; sections of types that are not read are all listed at once.
  init(_ bytes: [UInt8], inputSize: ModelAxes.InputSize? = nil) throws(ModelLoadingError) {
    let sections = try DarknetConfiguration.sections(bytes)
    input = try Self.input(sections[0], inputSize)
    var layers: [DarknetLayer] = []
    var needs = ModelNeeds()
    for section in sections.dropFirst() {
      do throws(ModelLoadingError) {
        layers.append(try DarknetLayer(section))
      } catch {
        if case .needs(let own) = error { own.operators.forEach { needs.add($0) } } else { needs.add(error) }
      }
    }
    if let error = needs.error { throw error }
    for (section, layer) in zip(sections.dropFirst(), layers) { try add(section, layer) }
  }

  private static func input(_ net: DarknetSection, _ size: ModelAxes.InputSize?) throws(ModelLoadingError) -> [Int] {
    let axes = ["channels", "height", "width"]
    var shape: [Int] = []
    for axis in axes { shape.append(try net.integer(axis, or: 0, in: 0...65535)) }
    if let size, shape[0] > 0 { shape = [shape[0], size.height, size.width] }
    if shape.contains(0) {
      guard size == nil else { throw net.fault("--input-size is for networks of images, and it says no channels=") }
      let count = try net.integer("inputs", or: 0, in: 0...Graph.maximumElements)
      guard count > 0 else { throw net.fault("it does not say width=, height= and channels=, all above 0") }
      shape = [count, 1, 1]
    }
    guard try net.integer("time_steps", or: 1, in: 0...Int(Int32.max)) <= 1 else {
      throw net.wrong("time_steps", "is not read: a sample is one image")
    }
    guard saturatingProduct(shape) <= Graph.maximumElements else {
      let text = shape.map(String.init).joined(separator: " x ")
      throw net.fault("an input of \(text) is larger than \(Graph.maximumElements)")
    }
    return shape
  }

  /// Steps whose values are the network's outputs: what heads read, and the last layer that is none.
  var outputs: [Int] {
    var outputs = steps.filter(\.layer.isHead).compactMap { $0.inputs[0] }
    if let last = steps.indices.last, !steps[last].layer.isHead { outputs.append(last) }
    var seen = Set<Int>()
    return outputs.filter { seen.insert($0).inserted }
  }
}

// MARK: - Adding sections

extension DarknetPlan {
  private mutating func add(_ section: DarknetSection, _ layer: DarknetLayer) throws(ModelLoadingError) {
    let inputs = try self.inputs(section, layer)
    let shapes = inputs.map { $0.map { steps[$0].shape } ?? input }
    let shape = try self.shape(section, layer, shapes)
    guard shape.allSatisfy({ $0 >= 1 }), saturatingProduct(shape) <= Graph.maximumElements else {
      throw section.fault("its result \(text(shape)) is empty or larger than \(Graph.maximumElements)")
    }
    let count = layer.numberCount(reading: shapes[0])
    guard count <= Self.mostNumbers - numberCount else {
      throw section.fault("weights of more than \(Self.mostNumbers) numbers are too many")
    }
    numberCount += count
    steps.append(
      Step(section: section, layer: layer, inputs: inputs, inputShapes: shapes, shape: shape, numberCount: count))
  }

  /// What a section reads: the one before it, or those that it names.
  private func inputs(_ section: DarknetSection, _ layer: DarknetLayer) throws(ModelLoadingError) -> [Int?] {
    let before: Int? = steps.isEmpty ? nil : steps.count - 1
    var inputs: [Int?]
    switch layer {
    case .route(let layers, _, _): inputs = try named(layers, section)
    case .shortcut(let layers, _): inputs = [before] + (try named(layers, section))
    case .convolutional, .connected, .maxpool, .avgpool, .upsample, .reorg, .softmax, .nothing, .yolo, .region:
      inputs = [before]
    }
    for case let input? in inputs where steps[input].layer.isHead {
      throw section.fault(
        "it reads \(steps[input].name), and heads stay raw: what they decode is no value of the network")
    }
    return inputs
  }

  private func named(_ layers: [Int], _ section: DarknetSection) throws(ModelLoadingError) -> [Int?] {
    var named: [Int?] = []
    for layer in layers {
      guard layer < steps.count, layer >= -steps.count else {
        throw section.fault("it reads layer \(layer), and only the \(steps.count) before it can be read")
      }
      named.append(layer < 0 ? steps.count + layer : layer)
    }
    return named
  }

  private func text(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: " x ") }

  /// What a section gives: channels, height, width.
  private func shape(_ section: DarknetSection, _ layer: DarknetLayer, _ inputs: [[Int]])
    throws(ModelLoadingError) -> [Int]
  {
    let x = inputs[0]
    switch layer {
    case .convolutional(let filters):
      guard x[0] % filters.groups == 0, filters.count % filters.groups == 0 else {
        throw section.fault("groups=\(filters.groups) does not divide \(x[0]) channels and \(filters.count) filters")
      }
      return [filters.count] + (try swept(filters.window, x, section))
    case .connected(let filters): return [filters.count, 1, 1]
    case .maxpool(let window): return [x[0]] + (try swept(window, x, section))
    case .avgpool: return [x[0], 1, 1]
    case .upsample(let stride): return [x[0], x[1] * stride, x[2] * stride]
    case .reorg(let stride):
      guard x[0] % (stride * stride) == 0, x[1] % stride == 0, x[2] % stride == 0 else {
        throw section.fault(
          "stride=\(stride) does not divide height and width of \(text(x)), and twice its channels: Darknet would "
            + "leave some out")
      }
      return [x[0] * stride * stride, x[1] / stride, x[2] / stride]
    case .route(_, let groups, _): return try routed(inputs, groups, section)
    case .shortcut:
      for other in inputs where Self.stride(of: other, on: x) == nil {
        throw section.fault(
          "it adds \(text(other)) to \(text(x)): height and width have to be the same, or both so many times as large")
      }
      return x
    case .softmax(let groups, _):
      guard saturatingProduct(x) % groups == 0 else {
        throw section.fault("groups=\(groups) does not divide the \(saturatingProduct(x)) numbers of \(text(x))")
      }
      return [saturatingProduct(x), 1, 1]
    case .nothing: return x
    case .yolo(let boxes), .region(let boxes): return try decoded(boxes, x, section)
    }
  }

  /// Every how many places of an image one is added to a smaller one; nil where it does not fit.
  static func stride(of other: [Int], on x: [Int]) -> Int? {
    let stride = other[1] / x[1]
    return stride >= 1 && other[1] == stride * x[1] && other[2] == stride * x[2] ? stride : nil
  }

  private func swept(_ window: Window, _ x: [Int], _ section: DarknetSection) throws(ModelLoadingError) -> [Int] {
    guard let height = window.outputSize(x[1], axis: 0), let width = window.outputSize(x[2], axis: 1) else {
      throw section.fault("\(window.description) does not fit in \(text(x))")
    }
    return [height, width]
  }

  private func routed(_ inputs: [[Int]], _ groups: Int, _ section: DarknetSection)
    throws(ModelLoadingError) -> [Int]
  {
    var channels = 0
    for input in inputs {
      guard input[1...] == inputs[0][1...] else {
        throw section.fault(
          "it joins \(text(inputs[0])) and \(text(input)): height and width have to be the same (do all strides divide "
            + "the input's?)")
      }
      guard input[0] % groups == 0 else {
        throw section.fault("groups=\(groups) does not divide the channels of \(text(input))")
      }
      channels += input[0] / groups
    }
    return [channels] + inputs[0][1...]
  }

  private func decoded(_ boxes: DarknetBoxes, _ x: [Int], _ section: DarknetSection)
    throws(ModelLoadingError) -> [Int]
  {
    let wanted = boxes.anchors.count * (5 + boxes.classCount)
    guard x[0] == wanted else {
      throw section.fault(
        "it reads \(x[0]) channels, and \(boxes.anchors.count) anchors of 5 numbers and \(boxes.classCount) classes are "
          + "\(wanted): filters= of the layer before it says how many")
    }
    guard steps.last != nil else { throw section.fault("there is no layer before it") }
    return x
  }
}

extension DarknetLayer {
  /// How many numbers of the weights are a layer's: biases, of a normalized one scales, means and variances, and
  /// weights.
  fileprivate func numberCount(reading x: [Int]) -> Int {
    switch self {
    case .convolutional(let filters):
      let weights = saturatingProduct([filters.count, x[0] / filters.groups] + filters.window.kernel)
      return Self.sum(weights, filters)
    case .connected(let filters): return Self.sum(saturatingProduct([filters.count] + x), filters)
    case .maxpool, .avgpool, .upsample, .reorg, .route, .shortcut, .softmax, .nothing, .yolo, .region: return 0
    }
  }

  private static func sum(_ weights: Int, _ filters: DarknetFilters) -> Int {
    let (sum, overflow) = weights.addingReportingOverflow((filters.isNormalized ? 4 : 1) * filters.count)
    return overflow ? Int.max : sum
  }
}
