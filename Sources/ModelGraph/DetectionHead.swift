// What the numbers of a detector's output mean. A head stays raw in the graph: the output is what the last
// convolution gives, and whoever wants boxes decodes it apart by what is said here, so that a net of integers
// needs no exponential.
//
// An output is [channels, height, width]; its grid is the last two. The channels of one anchor follow
// one another, anchor by anchor: x, y, width, height, objectness, and a score for each class. With
// s the logistic function, (column, row) a cell of the grid, (w, h) the anchor, and boxes in parts of the
// image's width and height:
//
//     yolo                     centre x  (column + scaleXY s(x) - (scaleXY - 1) / 2) / grid's width, and y alike
//                              width     w exp(width) / inputWidth, height h exp(height) / inputHeight
//                              object    s(objectness); class s(score)
//     yolo, new coordinates    the same without s: the convolution has a logistic activation of its own;
//                              width     w (2 width)^2 / inputWidth, and height alike
//     region                   centre x  (column + s(x)) / grid's width, and y alike
//                              width     w exp(width) / grid's width, height h exp(height) / grid's height
//                              object    s(objectness); class by softmax over the scores, or s(score)

/// How one output of a detector is read as boxes.
public struct DetectionHead: Equatable, Sendable, Codable {
  /// By which rule its numbers are boxes.
  public enum Kind: String, Sendable, Codable {
    /// YOLOv3 and later: anchors in pixels of the network's input.
    case yolo
    /// YOLOv2: anchors in cells of the grid.
    case region
  }

  /// The size of box that a prediction starts from.
  public struct Anchor: Equatable, Sendable, Codable {
    /// Across, in pixels of the network's input (yolo) or cells of the grid (region); positive.
    public let width: Double
    /// Down, in pixels of the network's input (yolo) or cells of the grid (region); positive.
    public let height: Double
    public init(width: Double, height: Double) { (self.width, self.height) = (width, height) }
  }

  /// What makes a share of a class's number.
  public enum ClassScores: String, Sendable, Codable {
    /// Each class by itself.
    case logistic
    /// All classes of a box together.
    case softmax
  }

  /// The name of the graph's output.
  public let output: String
  /// Whose formulas read the boxes, Darknet's `yolo` or its older `region`.
  public let kind: Kind
  /// Of this head alone, in the order of the channels.
  public let anchors: [Anchor]
  /// How many classes each box has a score of.
  public let classCount: Int
  /// What makes a share of a class's number: `logistic`, each by itself, or `softmax`, all of a box together.
  public let classScores: ClassScores
  /// Stretches the centre's range about the middle of a cell, so that its ends can be reached; 1: as it is.
  public let scaleXY: Double
  /// Whether activations are part of the network and sizes are squares (YOLOv4's `new_coords`).
  public let hasNewCoordinates: Bool
  /// Of the network's input, in pixels.
  public let inputWidth: Int
  /// Of the network's input, in pixels.
  public let inputHeight: Int
  /// Numbers of the classes that count, rising; nil: all. What is not asked for is neither compared nor found.
  public package(set) var countedClasses: [Int]?

  public init(
    output: String, kind: Kind, anchors: [Anchor], classCount: Int, classScores: ClassScores = .logistic,
    scaleXY: Double = 1, hasNewCoordinates: Bool = false, inputWidth: Int, inputHeight: Int
  ) {
    (self.output, self.kind, self.anchors) = (output, kind, anchors)
    (self.classCount, self.classScores) = (classCount, classScores)
    (self.scaleXY, self.hasNewCoordinates) = (scaleXY, hasNewCoordinates)
    (self.inputWidth, self.inputHeight) = (inputWidth, inputHeight)
  }

  /// Numbers that say where a box is: x, y, width, height.
  public var coordinateCount: Int { 4 }
  /// Of each class whether it counts.
  public var classMask: [Bool] {
    guard let countedClasses else { return [Bool](repeating: true, count: classCount) }
    var mask = [Bool](repeating: false, count: classCount)
    for number in countedClasses where mask.indices.contains(number) { mask[number] = true }
    return mask
  }

  /// The same for some of its classes; nil: all.
  package func counting(_ classes: [Int]?) -> DetectionHead {
    var head = self
    head.countedClasses = classes.map { Set($0).sorted() }
    return head
  }

  /// Channels of one anchor: coordinates, objectness, classes.
  public var channelsPerAnchor: Int { coordinateCount + 1 + classCount }
}

extension Graph {
  /// Which of `outputs` a head reads; nil where it reads none.
  public func outputIndex(of head: DetectionHead) -> Int? {
    outputs.firstIndex { self[$0].name == head.output }
  }

  /// The same detector for some of its classes.
  ///
  /// - Parameter classes: numbers that every head has; nil: all.
  package func counting(_ classes: [Int]?) -> Graph {
    var graph = self
    graph.heads = heads.map { $0.counting(classes) }
    return graph
  }

  /// Says how an output is read as boxes.
  package mutating func addHead(_ head: DetectionHead) { heads.append(head) }

  /// Refuses heads that do not fit the output that they read, or that divide by nothing.
  func verifyHeads() throws(GraphError) {
    for head in heads {
      guard let index = outputIndex(of: head) else {
        throw .malformed(reason: "a head reads \(head.output), which is no output")
      }
      let shape = self[outputs[index]].shape
      let sizes = head.anchors.flatMap { [$0.width, $0.height] } + [head.scaleXY]
      guard shape.count == 3, (0...shape[0]).contains(head.classCount), head.anchors.count <= shape[0],
        shape[0] == head.anchors.count * head.channelsPerAnchor, head.inputWidth >= 1, head.inputHeight >= 1,
        sizes.allSatisfy({ $0.isFinite && $0 > 0 }), head.countedClasses.map({ $0.isRising(below: head.classCount) }) ?? true
      else { throw .malformed(reason: "a head does not fit output \(head.output) \(shape)") }
    }
  }
}

extension [Int] {
  /// Whether there are some, each greater than the one before, 0 ..< limit.
  fileprivate func isRising(below limit: Int) -> Bool {
    guard let first, let last, first >= 0, last < limit else { return false }
    return zip(self, dropFirst()).allSatisfy(<)
  }
}
