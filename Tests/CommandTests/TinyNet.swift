import Foundation
import Tensors

/// A network of 1,100 weights, [1, 8, 8] to 4 classes, for runs that have to be short.
enum TinyNet {
  static let file = "tiny.cfg"

  private static let text = """
    [net]
    height=8
    width=8
    channels=1

    [convolutional]
    filters=6
    size=3
    stride=1
    pad=1
    activation=relu

    [maxpool]
    size=2
    stride=2

    [connected]
    output=10
    activation=relu

    [connected]
    output=4
    activation=linear

    [softmax]

    """

  /// Of each layer biases, then weights.
  private static let counts = [(6, 54), (10, 960), (4, 40)]

  /// Writes `tiny.cfg` and its weights, seeded, into a folder.
  static func write(in place: Workplace) throws {
    try place.write(Data(text.utf8), to: file)
    var random = SeededGenerator(seed: 9)
    var weights = Data()
    // Version 0.2: two words, a revision and eight bytes of images seen.
    for word in [0, 2, 0, 0, 0] as [UInt32] { withUnsafeBytes(of: word.littleEndian) { weights.append(contentsOf: $0) } }
    for (biases, count) in counts {
      let size = (6 / Float(count / biases)).squareRoot()
      for index in 0..<biases + count {
        let value = (2 * random.nextFloat() - 1) * (index < biases ? 0.1 : size)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { weights.append(contentsOf: $0) }
      }
    }
    try place.write(weights, to: "tiny.weights")
  }
}
