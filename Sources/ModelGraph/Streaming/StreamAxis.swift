/// Along which axis of a network's inputs a window moves, and how far a frame moves it.
public struct StreamAxis: Equatable, Sendable, Codable {
  /// Of every input as the model's file has it, counted from 0, the batch included.
  public var axis: Int
  /// Places of that axis that a frame brings; 1 or more.
  public var hop: Int

  public init(axis: Int, hop: Int = 1) { (self.axis, self.hop) = (axis, hop) }
}

/// Why a network cannot take its window a frame at a time.
public enum StreamError: Error, Equatable, Sendable {
  /// It does so already.
  case keepsState(name: String)
  /// It keeps nothing, so that its samples are no frames.
  case keepsNothing
  /// What is kept is no window that slides: of such a network no other that looks at all frames can be made.
  case recurrent(node: String, operation: String)
  /// A sequence of so many frames fills no window.
  case frames(frames: Int, needed: Int)
  /// An input has no such axis; `shape` is that of one sample.
  case noAxis(axis: Int, input: String, shape: [Int])
  /// A frame would be more than the window.
  case hop(hop: Int, input: String, size: Int)
  /// What lies at the window's ends is made of a border, and not of what came before.
  case border(node: String, operation: String)
  /// It moves by more places than a frame brings, or by a part of them; a hop has to be a multiple of `hop`.
  case stride(node: String, operation: String, stride: Int, hop: Int)
  /// Places lie between the window's.
  case resized(node: String, operation: String)
  /// Boxes are read from an output of which a frame brings a part.
  case detector(output: String)
  /// What was made is no network.
  case graph(GraphError)

  /// One sentence for people.
  public var sentence: String {
    switch self {
    case .keepsState(let name):
      "it keeps state (\(name)) and so takes frames already: leave out --stream AXIS"
    case .keepsNothing: "it keeps no state, so that its samples are no frames: leave out --frames"
    case .recurrent(let node, let operation):
      "node \(node) (\(operation)) reads what is kept otherwise than as a window that slides: run, encode and verify take "
        + "such a network, and sequences of frames do not train it"
    case .frames(let frames, let needed):
      "--frames \(frames) do not fill the windows that it keeps: give \(needed) or more, as many as are answered and \(needed - 1)"
    case .noAxis(let axis, let input, let shape):
      "--stream \(axis): input \(input) has no such axis: axes are those of the model's file, and behind the batch they are \(shape)"
    case .hop(let hop, let input, let size):
      "--hop \(hop) is more than the window of input \(input), \(size): give 1 to \(size)"
    case .border(let node, let operation):
      "node \(node) (\(operation)) puts a border at the ends of the window, where a stream has what came before and comes "
        + "after: export the network with valid padding along that axis"
    case .stride(let node, let operation, let stride, let hop):
      "node \(node) (\(operation)) moves by \(stride) places at a time, of which a frame does not bring a whole number: "
        + "give --hop \(hop), or a multiple of it"
    case .resized(let node, let operation):
      "node \(node) (\(operation)) makes places between those of the window: export the network without it along that axis"
    case .detector(let output):
      "output \(output) is read as boxes, and a frame brings a part of it: a detector takes its image whole"
    case .graph(let error): error.sentence
    }
  }
}
