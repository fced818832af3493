/// A rectangle in a picture: its centre and its size, in parts of the picture's width and height.
public struct Box: Equatable, Sendable, Codable {
  public var centreX, centreY, width, height: Float

  public init(centreX: Float, centreY: Float, width: Float, height: Float) {
    (self.centreX, self.centreY, self.width, self.height) = (centreX, centreY, width, height)
  }

  public var left: Float { centreX - width / 2 }
  public var right: Float { centreX + width / 2 }
  public var top: Float { centreY - height / 2 }
  public var bottom: Float { centreY + height / 2 }
  var area: Float { width * height }

  /// Intersection over union, 0...1; the same in any unit of either axis. 0 where both are empty.
  public func overlap(with other: Box) -> Float {
    let across = min(right, other.right) - max(left, other.left)
    let down = min(bottom, other.bottom) - max(top, other.top)
    guard across > 0, down > 0 else { return 0 }
    let common = across * down
    return common / (area + other.area - common)
  }
}

/// Where a photograph lies in a network's input, in parts of the input's width and height.
public struct Frame: Equatable, Sendable {
  public var left, top, width, height: Float

  public init(left: Float, top: Float, width: Float, height: Float) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }

  /// Over all of the input.
  public static let whole = Frame(left: 0, top: 0, width: 1, height: 1)

  /// A box of the input as one of the photograph.
  func inside(_ box: Box) -> Box {
    Box(
      centreX: (box.centreX - left) / width, centreY: (box.centreY - top) / height, width: box.width / width,
      height: box.height / height)
  }
}

/// What a detector finds: a box, of which class, and how sure it is.
public struct DetectedObject: Equatable, Sendable, Codable {
  public var classNumber: Int
  /// Objectness times the class's share, 0...1.
  public var confidence: Float
  public var box: Box

  public init(classNumber: Int, confidence: Float, box: Box) {
    (self.classNumber, self.confidence, self.box) = (classNumber, confidence, box)
  }
}

/// What is known to be in a photograph.
public struct KnownObject: Equatable, Sendable {
  public var classNumber: Int
  public var box: Box

  public init(classNumber: Int, box: Box) { (self.classNumber, self.box) = (classNumber, box) }
  public init(_ object: DetectedObject) { self.init(classNumber: object.classNumber, box: object.box) }
}
