// What sections mean, before it is known what they read.

import ModelGraph

/// A section as a layer.
enum DarknetLayer: Equatable {
  case convolutional(DarknetFilters)
  case connected(DarknetFilters)
  case maxpool(Window)
  case avgpool
  case upsample(Int)
  case reorg(Int)
  /// Layers by number, of each the channels of one of so many groups.
  case route([Int], groups: Int, group: Int)
  case shortcut([Int], DarknetActivation)
  case softmax(groups: Int, temperature: Double)
  /// Dropout and cost: inference does nothing there.
  case nothing
  case yolo(DarknetBoxes)
  case region(DarknetBoxes)

  /// Of a layer with weights.
  var filters: DarknetFilters? {
    switch self {
    case .convolutional(let filters), .connected(let filters): filters
    case .maxpool, .avgpool, .upsample, .reorg, .route, .shortcut, .softmax, .nothing, .yolo, .region: nil
    }
  }

  /// Whether it decodes what it reads, which the graph leaves to others.
  var isHead: Bool {
    switch self {
    case .yolo, .region: true
    case .convolutional, .connected, .maxpool, .avgpool, .upsample, .reorg, .route, .shortcut, .softmax, .nothing: false
    }
  }
}

/// A layer with weights.
struct DarknetFilters: Equatable {
  /// Filters, or outputs.
  let count: Int
  /// Of a connected layer one tap.
  var window = Window(kernel: [1, 1])
  var groups = 1
  let isNormalized: Bool
  let activation: DarknetActivation
}

/// What a head says of its boxes.
struct DarknetBoxes: Equatable {
  let anchors: [DetectionHead.Anchor]
  let classCount: Int
  var scaleXY = 1.0
  var hasNewCoordinates = false
  var hasSoftmax = false
}

extension DarknetLayer {
  /// Sizes and counts are below this, so that sums and products of two are far from overflow.
  private static let sizes = 1...1 << 24

  /// - Throws: ``ModelLoadingError/section(line:name:reason:)``, and of a type that is not read
  ///   ``ModelLoadingError/needs(_:)``.
  init(_ section: DarknetSection) throws(ModelLoadingError) {
    let type = DarknetForm.fullName(section.type)
    guard let form = DarknetForm.all[type] else {
      throw .needs(ModelNeeds(operators: [.init(operator: "[\(section.type.prefix(40))]", node: section.name)]))
    }
    try form.check(section)
    switch type {
    case "convolutional": self = .convolutional(try Self.filters(section))
    case "connected":
      self = .connected(
        DarknetFilters(
          count: try section.integer("output", or: 1, in: Self.sizes),
          isNormalized: try section.isSet("batch_normalize"), activation: try DarknetActivation(section, or: .logistic)))
    case "maxpool": self = .maxpool(try Self.window(section))
    case "avgpool": self = .avgpool
    case "upsample": self = .upsample(try section.integer("stride", or: 2, in: 1...256))
    case "reorg": self = .reorg(try section.integer("stride", or: 1, in: 1...256))
    case "route": self = try Self.route(section)
    case "shortcut":
      self = .shortcut(try Self.layers(section, "from"), try DarknetActivation(section, or: .linear))
    case "softmax":
      let temperature = try section.number("temperature", or: 1)
      guard (1e-6...1e6).contains(temperature) else { throw section.wrong("temperature", "is out of range") }
      self = .softmax(groups: try section.integer("groups", or: 1, in: Self.sizes), temperature: temperature)
    case "yolo": self = .yolo(try Self.yolo(section))
    case "region": self = .region(try Self.region(section))
    default: self = .nothing
    }
  }

  /// Strides of height and width.
  private static func strides(_ section: DarknetSection) throws(ModelLoadingError) -> [Int] {
    let stride = try section.integer("stride", or: 1, in: sizes)
    return [
      try section.integer("stride_y", or: stride, in: sizes), try section.integer("stride_x", or: stride, in: sizes),
    ]
  }

  private static func filters(_ section: DarknetSection) throws(ModelLoadingError) -> DarknetFilters {
    let size = try section.integer("size", or: 1, in: sizes)
    let dilation = size == 1 ? 1 : try section.integer("dilation", or: 1, in: sizes)
    var padding = try section.integer("padding", or: 0, in: 0...sizes.upperBound)
    if try section.isSet("pad") { padding = size / 2 }
    guard dilation == 1 || 2 * padding == size - 1 else {
      throw section.wrong("dilation", "is read with pad=1 and an odd size alone")
    }
    let pads = [padding * dilation, padding * dilation]
    let isNormalized = try section.isSet("batch_normalize")
    let isNormalizedAcross = try section.isSet("cbn")
    return DarknetFilters(
      count: try section.integer("filters", or: 1, in: sizes),
      window: Window(
        kernel: [size, size], strides: try strides(section), dilations: [dilation, dilation], padBefore: pads,
        padAfter: pads),
      groups: try section.integer("groups", or: 1, in: sizes), isNormalized: isNormalized || isNormalizedAcross,
      activation: try DarknetActivation(section, or: .logistic))
  }

  /// Padding is of both sides together, and the odd one is behind: a pool of size 2 and stride 1 sees one more
  /// row and column at the bottom and right, which never win.
  private static func window(_ section: DarknetSection) throws(ModelLoadingError) -> Window {
    let stride = try section.integer("stride", or: 1, in: sizes)
    let size = try section.integer("size", or: stride, in: sizes)
    let padding = try section.integer("padding", or: size - 1, in: 0...sizes.upperBound)
    guard padding <= 2 * (size - 1) else {
      throw section.wrong("padding", "is more than twice \(size) - 1, so that windows would see nothing else")
    }
    let (before, after) = (padding / 2, padding - padding / 2)
    return Window(
      kernel: [size, size], strides: try strides(section), padBefore: [before, before], padAfter: [after, after])
  }

  /// Numbers of layers, still as they are written: negative ones count back from the section.
  private static func layers(_ section: DarknetSection, _ option: String) throws(ModelLoadingError) -> [Int] {
    guard let layers = try section.integers(option) else { throw section.fault("it does not say \(option)=") }
    return layers
  }

  private static func route(_ section: DarknetSection) throws(ModelLoadingError) -> DarknetLayer {
    let groups = try section.integer("groups", or: 1, in: sizes)
    let group = try section.integer("group_id", or: 0, in: 0...groups - 1)
    return .route(try layers(section, "layers"), groups: groups, group: group)
  }
}

// MARK: - Heads

extension DarknetLayer {
  private static func yolo(_ section: DarknetSection) throws(ModelLoadingError) -> DarknetBoxes {
    let anchors = try anchors(section)
    let count = try number(section)
    let mask = try section.integers("mask") ?? Array(0..<count)
    guard mask.allSatisfy(anchors.indices.contains) else {
      throw section.fault(
        "it asks for others than the \(anchors.count) anchors that it has: see mask=, num= and anchors=")
    }
    let scale = try section.number("scale_x_y", or: 1)
    guard scale > 0, scale <= 16 else { throw section.wrong("scale_x_y", "is not above 0 and up to 16") }
    return DarknetBoxes(
      anchors: mask.map { anchors[$0] },
      classCount: try section.integer("classes", or: 20, in: 1...sizes.upperBound), scaleXY: scale, hasNewCoordinates: try section.isSet("new_coords"))
  }

  private static func region(_ section: DarknetSection) throws(ModelLoadingError) -> DarknetBoxes {
    let (anchors, count) = (try anchors(section), try number(section))
    guard anchors.count == count else {
      throw section.fault("it has \(anchors.count) anchors and asks for num=\(count)")
    }
    return DarknetBoxes(
      anchors: anchors, classCount: try section.integer("classes", or: 20, in: 1...sizes.upperBound),
      hasSoftmax: try section.isSet("softmax"))
  }

  private static func number(_ section: DarknetSection) throws(ModelLoadingError) -> Int {
    try section.integer("num", or: 1, in: sizes)
  }

  /// The anchors of a section; numbers beyond as many as it says are passed over, as Darknet does.
  private static func anchors(_ section: DarknetSection) throws(ModelLoadingError) -> [DetectionHead.Anchor] {
    guard let sizes = try section.numbers("anchors") else { throw section.fault("it does not say anchors=") }
    guard sizes.allSatisfy({ $0 > 0 }) else { throw section.wrong("anchors", "holds a size that is not above 0") }
    let count = min(try number(section), sizes.count / 2)
    return (0..<count).map { .init(width: sizes[2 * $0], height: sizes[2 * $0 + 1]) }
  }
}
