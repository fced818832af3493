import Testing
import Trials

/// What weights are measured by, from the measures of their rows.
struct SaliencyTests {
  @Test func aRowCountsForWhatItsWeightsDoTogether() {
    // Rows of sums of squares 25, 0 and 75: those alive have 50 in the mean.
    let norms = Saliency.rowNorms([3, -4, 0, 0, 0, 0, 5, 5, -5], columns: 3)
    let expected = [0.5, 0, 1.5].flatMap { (square: Float) in [Float](repeating: square.squareRoot(), count: 3) }
    #expect(norms == expected)
  }

  @Test func norRowsNorWeightsHaveNorms() {
    #expect(Saliency.rowNorms([], columns: 0) == [])
    #expect(Saliency.rowNorms([], columns: 4) == [])
    #expect(Saliency.rowNorms([0, 0], columns: 2) == [0, 0])
  }

  @Test func strengthsAreMeansOverWhatIsLeft() {
    #expect(Saliency.strength([3, 0, 4, 4], columns: 2, byRow: true) == [3, 3, 4, 4])
    #expect(Saliency.strength([3, 0, 3, 4], columns: 2, byRow: false) == [3, 4, 3, 4])
  }
}
