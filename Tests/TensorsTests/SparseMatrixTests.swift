import Foundation
import Tensors
import Testing

@Suite struct SparseMatrixTests {
  private let dense: [Float] = [0, 2, 0, 3, 0, 0, -1, 0, 4, 0, 0, 5]
  private var matrix: SparseMatrix<Float> { SparseMatrix(dense, rows: 3, columns: 4) }

  @Test func aDenseMatrixComesBack() {
    #expect(matrix.positions == [1, 3, 6, 8, 11] && matrix.values == [2, 3, -1, 4, 5])
    #expect(matrix.count == 5 && matrix.dense() == dense)
    #expect(matrix.rowStarts == [0, 2, 3, 5] && matrix.readColumns == [0, 1, 2, 3])
    #expect(SparseMatrix([], rows: 0, columns: 4).rowStarts == [0])
    #expect(SparseMatrix([0, 7, 0, 0], rows: 2, columns: 2).readColumns == [1])
    #expect(matrix.with([1, 2, 3, 4, 5]).dense(0) == [0, 1, 0, 2, 0, 0, 3, 0, 4, 0, 0, 5])
  }

  @Test func rowsAndColumnsArePicked() {
    #expect(matrix.picking(rows: nil, columns: nil) == matrix)
    #expect(matrix.picking(rows: [0, 2], columns: nil).dense() == [0, 2, 0, 3, 4, 0, 0, 5])
    #expect(matrix.picking(rows: nil, columns: [0, 3]).dense() == [0, 3, 0, 0, 4, 5])
    #expect(matrix.picking(rows: [1], columns: [1, 2]).dense() == [0, -1])
    #expect(matrix.picking(rows: [], columns: nil) == SparseMatrix([], rows: 0, columns: 4))
    #expect(matrix.keeping([0, 4]).positions == [1, 11] && matrix.keeping([0, 4]).values == [2, 5])
  }

  @Test func whatIsNoMatrixHasAFault() throws {
    let changes: [(inout SparseMatrix<Float>) -> Void] = [
      { $0.rows = -3 }, { $0.columns = .max }, { $0.rows = 2 }, { $0.positions[0] = -1 },
      { $0.positions[1] = 1 }, { $0.positions.swapAt(0, 1) }, { $0.values.removeLast() },
    ]
    #expect(matrix.fault == nil)
    for change in changes {
      var wrong = matrix
      change(&wrong)
      #expect(wrong.fault != nil)
      let data = try JSONEncoder().encode(wrong)
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(SparseMatrix<Float>.self, from: data)
      }
    }
    let data = try JSONEncoder().encode(matrix)
    #expect(try JSONDecoder().decode(SparseMatrix<Float>.self, from: data) == matrix)
  }
}
