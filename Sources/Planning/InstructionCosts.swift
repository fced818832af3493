/// What the C runtime takes on a processor, in instructions of each kind of work; fitted to counts
/// (Samples/targets/fit).
public struct InstructionCosts: Equatable, Sendable {
  /// A kind of work; `StepWork` says how often each occurs in a step.
  public enum Work: String, CaseIterable, Codable, Sendable {
    /// Steps; rows of a dense layer's weights, and of one finished by TensorFlow Lite's rule; filters of a convolution; levels that
    /// have code words; entries of a decoder's tables.
    case step, row, exactRow, filter, level, entry
    /// To decode a survivor, by how it is coded.
    case gaps, flat, joint, bitmap, codes, bytes
    /// Beside the survivor's: a gap or joint symbol of more than 8 bits or a jump; a code of more than 8 bits.
    case slowSymbol, slowCode
    /// To keep a decoded survivor for several uses.
    case list
    /// A survivor of a dense layer at a row of inputs, once decoded; of one stored as a byte.
    case multiply, byteMultiply
    /// Of a dense layer by columns: a column's length read, a column begun because its input is not zero, a survivor of
    /// that decoded and multiplied, a row's sum begun and finished.
    case column, columnInput, columnMultiply, columnRow
    /// Of a dense layer as indices: a survivor; 256 columns of a row begun, and finished with it.
    case indexed, indexedBlock
    /// A survivor at a pixel, at horizontal stride 1, at others, and of a table of 16 bits; eight pixels begun; eight pixels of a part of a filter whose
    /// sums 16 bits hold.
    case sweep, sweepStrided, sweepWide, sweepStart, segment
    /// Of layers without zeros: a weight at a pixel, an input gathered for four pixels, four pixels begun.
    case tile, gather, tileStart
    /// Nine weights at a pixel, at horizontal stride 1 and 2; a row of pixels begun, a filter begun.
    case depthwise, depthwiseStrided, depthwiseRow, depthwiseStart
    /// An element copied to give an image a border.
    case border
    /// A sum finished, by Kinglet's rule and by TensorFlow Lite's.
    case output, exactOutput
    /// Of other steps: a pool's window and a tap of it, an input of a mean, a result of two operands, one of an exponential,
    /// an element moved, an element of anything else.
    case window, tap, mean, combine, exponential, move, element
    /// The same in float32.
    case floatMultiply, floatSweep, floatOutput, floatElement, floatMove, floatExponential
  }

  /// Whether the runtime has the kernels of layers without zeros there.
  public var hasTiles: Bool
  /// By how much at most a network's estimate was off that the costs were not fitted to, relative.
  public var error: Double
  public var costs: [Work: Double]

  public init(hasTiles: Bool, error: Double, costs: [Work: Double]) {
    (self.hasTiles, self.error, self.costs) = (hasTiles, error, costs)
  }

  /// What is not named takes nothing.
  public static func == (a: InstructionCosts, b: InstructionCosts) -> Bool {
    a.hasTiles == b.hasTiles && a.error == b.error && Work.allCases.allSatisfy { a[$0] == b[$0] }
  }

  /// Instructions for one of a kind, 0 ... 10^6.
  public subscript(work: Work) -> Double { costs[work] ?? 0 }
}
