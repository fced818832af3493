import ModelGraph

/// What is said of a model beside its file: sizes of its inputs' axes, what the first of them is, which inputs are states
/// or one number, where its weights are.
public struct ModelAxes: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  /// Sizes of axes that the file leaves free, by the axis's name or by `INPUT:NUMBER`.
  public var sizes: [String: Int]
  /// Whether the first axis of every input counts samples; else every input is one sample, whole.
  public var haveBatch: Bool
  /// Inputs that are what an output of the frame before has left, with that output; nil: those that names and shapes
  /// leave no doubt of.
  public var states: [String: String]?
  /// Inputs that are one number throughout, the same for every sample.
  public var numbers: [String: Float] = [:]
  /// The weights of a Darknet configuration; nil: beside it, under its name.
  public var weights: String?
  /// Width and height of a Darknet network's input; nil: as its configuration says.
  public var inputSize: InputSize?

  /// Along which axis the network takes a few places at a time where its file has a window; nil: the window.
  public var stream: StreamAxis?

  /// Of a network that keeps windows, how many frames are one sample; nil: each is one, in turn.
  public var frames: Int?

  /// Pixels.
  public struct InputSize: Equatable, Sendable, Codable {
    /// 1...65535.
    public let width, height: Int
    public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }
  }

  public init(
    _ sizes: [String: Int] = [:], haveBatch: Bool = true, weights: String? = nil, inputSize: InputSize? = nil,
    stream: StreamAxis? = nil, states: [String: String]? = nil, numbers: [String: Float] = [:]
  ) {
    (self.sizes, self.haveBatch, self.weights, self.inputSize) = (sizes, haveBatch, weights, inputSize)
    (self.stream, self.states, self.numbers) = (stream, states, numbers)
  }

  public init(dictionaryLiteral sizes: (String, Int)...) {
    self.init(Dictionary(sizes) { first, _ in first })
  }

  /// The options that say it, for sentences.
  package static let options = "--axis, --batch, --weights, --input-size, --state, --set and --stream AXIS"

  /// Whether nothing is said that a file does not say itself.
  public var isEmpty: Bool {
    sizes.isEmpty && haveBatch && weights == nil && inputSize == nil && stream == nil && states == nil && numbers.isEmpty
      && frames == nil
  }

  /// The same of the network as its file has it, that looks at a window.
  package var ofWindow: ModelAxes {
    var axes = self
    axes.stream = nil
    return axes
  }
}
