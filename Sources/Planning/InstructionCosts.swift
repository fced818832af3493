/// What the C runtime takes on a processor, in instructions of each kind of work; fitted to counts
/// (Samples/targets/fit).
public struct InstructionCosts: Equatable, Sendable {
  /// A kind of work; `StepWork` says how often each occurs in a step.
  public enum Work: String, CaseIterable, Codable, Sendable {
    /// Steps; rows of a dense layer's weights, of one whose codes are flat, and of one finished by TensorFlow Lite's rule; filters of
    /// a convolution; levels that have code words; symbols of gaps and joint ones, each time that an alphabet is read; entries of
    /// a decoder's tables.
    case step, row, flatRow, exactRow, filter, level, symbol, entry
    /// To decode a survivor, by how it is coded: gaps and codes, those of flat codes, joint symbols, a bitmap, no mask (and so of
    /// tiles), as bytes.
    case gaps, flat, joint, bitmap, codes, tileCode, bytes
    /// Beside the survivor's: a code by the level before it; a gap symbol outside the decoder's loop, which a jump or a word that is not
    /// in the table leads out of; a jump of joint symbols, and before a flat code; a word of any alphabet that is not in its table.
    case beside, gapSymbol, jointJump, flatJump, longWord
    /// To keep a decoded survivor for several uses.
    case list
    /// A survivor of a dense layer at a row of inputs, once decoded; of one stored as a byte.
    case multiply, byteMultiply
    /// Of a dense layer by columns: a column's length read, a column begun because its input is not zero, a survivor of
    /// that decoded and multiplied, a row's sum begun and finished.
    case column, columnInput, columnMultiply, columnRow
    /// Of a dense layer as indices: a survivor; sixteen of them; 256 columns of a row begun, and finished with it.
    case indexed, indexedTurn, indexedBlock
    /// A survivor at a pixel, at horizontal stride 1, at others, and of a table of 16 bits; eight pixels begun; eight pixels of a part of a filter whose
    /// sums 16 bits hold.
    case sweep, sweepStrided, sweepWide, sweepStart, segment
    /// Of layers without zeros: a weight at a pixel, an input gathered for four pixels, four pixels begun.
    case tile, gather, tileStart
    /// Nine weights at a pixel, at horizontal stride 1 and 2; a row of pixels begun, a filter begun.
    case depthwise, depthwiseStrided, depthwiseRow, depthwiseStart
    /// An element copied to give an image a border, and to strips whose elements lie apart; a piece so copied.
    case border, stripApart, copy
    /// A sum finished, by Kinglet's rule and by TensorFlow Lite's.
    case output, exactOutput
    /// Of other steps: a pool's window and a tap of it, an input of a mean, a result of two operands, one of an exponential,
    /// an element moved, an element of anything else.
    case window, tap, mean, combine, exponential, move, element
    /// The same in float32.
    case floatBeside, floatMultiply, floatSweep, floatOutput, floatElement, floatMove, floatExponential
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
