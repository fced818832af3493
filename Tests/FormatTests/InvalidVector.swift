import Blob
import Testing

/// A golden file that readers must refuse, and why.
struct InvalidVector: CustomTestStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]
  let error: BlobError
  /// A reader that does not decode lanes when it opens a blob finds it only when it runs.
  var whenRunning = false

  var testDescription: String { name }

  /// What `NAME.status` says.
  var status: String { error.statusName + "\n" + (whenRunning ? "run\n" : "") }

  static let all = wholeFile + sections + interface + steps + filters + weights + lanes
    + integers + states

  init(_ name: String, _ bytes: [UInt8], _ error: BlobError, whenRunning: Bool = false) {
    (self.name, self.bytes, self.error) = (name, bytes, error)
    self.whenRunning = whenRunning
  }

  /// The small blob with something wrong.
  init(
    _ name: String, _ error: BlobError, whenRunning: Bool = false,
    _ edit: (inout HandMade) -> Void
  ) {
    self.init(name, HandMade().with(edit).bytes, error, whenRunning: whenRunning)
  }

  /// The small blob with something wrong in its weights.
  static func weights(
    _ name: String, _ fault: BlobFault, at place: BlobPlace = .step(0), whenRunning: Bool = false,
    _ edit: (inout HandMadeWeights) -> Void
  ) -> InvalidVector {
    InvalidVector(name, .invalid(place, fault), whenRunning: whenRunning) {
      var weights = HandMadeWeights()
      edit(&weights)
      $0.weights = weights
    }
  }

  /// A blob of one other step with something wrong in it.
  static func step(
    _ name: String, _ fault: BlobFault, _ opcode: UInt8, _ fields: [UInt8], arenaBytes: Int = 4000
  ) -> InvalidVector {
    let blob = HandMade.step(opcode, fields).with { $0.arenaBytes = arenaBytes }
    return InvalidVector(name, blob.bytes, .invalid(.step(0), fault))
  }
}

/// Steps as they should be, in an arena of 1000 words: lists of fields to be edited.
enum SoundStep {
  static let convolution = [0, 100, 1, 2, 4, 4, 3, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1]
  static let activation = varints([0, 100, 8]) + [1]
  static let prelu = varints([0, 100, 2, 3, 4]) + [1, 0]
  static let softmax = [0, 100, 2, 3, 4]
  static let pool = [0, 100, 2, 4, 4, 2, 2, 2, 2, 2, 2, 1, 1, 0, 0]
  static let averagePool = varints(pool + [0, 0]) + [0]
  static let globalAveragePool = [0, 100, 2, 16]
  static let binary = [0] + varints([0, 100, 200, 2, 3, 4]) + [0, 0, 0]
  static let copy = [0, 100, 2, 3, 8, 5]
  static let pad = [0] + float(0) + varints([0, 100, 2, 3, 4, 1, 0, 0, 2])
  static let transpose = [0, 100, 3, 2, 3, 4, 2, 0, 1]
  static let constant = varints([100, 2]) + [2, 0]
  static let affine = varints([0, 100, 2, 3]) + [1, 0, 1, 4]
  static let gather = [0, 0, 2, 6, 3, 3]
  /// Linear, [2, 3, 4] to [2, 4, 4].
  static let resize = [1, 0, 100, 2, 3, 4, 4, 4] + [4, 0, 3, 65534, 2] + [3, 1, 0, 65535, 0]

  /// [2, 2, 3] times [2, 3, 2].
  static let product = [0, 80, 100, 2, 2, 3, 2]

  /// [2, 1, 3] into [2, 4, 3].
  static let slide = [0, 100, 2, 4, 3, 1]

  /// A convolution's weights: 3 rows of 18 columns, none of which survives.
  static let noWeights: [UInt8] = [1, 0, 1, 0, 0, 0] + [1, 0, 0, 0, 3]

  /// Every opcode with its fields.
  static let all: [(UInt8, [UInt8])] = [
    (1, varints(convolution) + [0] + noWeights), (3, activation), (4, prelu),
    (5, varints(softmax)), (17, varints(softmax)), (18, [0] + varints(softmax)), (19, varints(product)), (20, varints(slide)), (6, varints(pool)), (7, averagePool), (8, varints(globalAveragePool)),
    (9, binary), (10, varints(copy)), (11, pad), (12, varints(transpose)), (13, constant),
    (14, affine), (15, varints(gather)),
    (16, varints(resize)),
  ]
}

extension [Int] {
  /// With other fields at these indices.
  func setting(_ edits: [Int: Int]) -> [Int] {
    enumerated().map { edits[$0.offset] ?? $0.element }
  }
}
