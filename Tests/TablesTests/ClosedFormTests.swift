import Quantization
import Tables
import Tensors
import Testing

/// Codes in closed form against plain rounding, and against GPTQ by its own words.
struct ClosedFormTests {
  /// A layer whose inputs go together, and what it gives.
  private struct Problem {
    let rows = 7, columns = 24
    let count: Int
    var inputs: [Float] = []
    var weights: [Float]
    var outputs: [Float] = []

    init(seed: UInt64, count: Int = 400, zeros: Bool = false) {
      self.count = count
      var random = SeededGenerator(seed: seed)
      weights = (0..<7 * 24).map { _ in
        let weight = random.nextNormal()
        return zeros && random.nextFloat() < 0.4 ? 0 : weight
      }
      for _ in 0..<count {
        var last: Float = 0
        for column in 0..<24 {
          last = 0.8 * last + random.nextNormal() * (column % 5 == 0 ? 3 : 1) + 0.4
          inputs.append(last)
        }
      }
      outputs = answers(weights)
    }

    func answers(_ weights: [Float]) -> [Float] {
      (0..<count * rows).map { index in
        let (sample, row) = index.quotientAndRemainder(dividingBy: rows)
        return (0..<columns).reduce(0) { $0 + inputs[sample * columns + $1] * weights[row * columns + $1] }
      }
    }

    /// Squared error of the outputs, with biases that take back the means.
    func error(_ stored: [Float], _ shifts: [Double]) -> Double {
      zip(answers(stored), outputs).enumerated().reduce(0.0) { sum, one in
        let difference = Double(one.element.0 - one.element.1) + shifts[one.offset % rows]
        return sum + difference * difference
      }
    }

    func form() throws -> ClosedForm {
      try ClosedForm(inputs: inputs, columns: columns, outputs: outputs, rows: rows)
    }

    func rounded(levels: Int) throws -> QuantizedLayer {
      try LayerQuantizer(levels: levels).quantized(weights: weights, rows: rows, columns: columns)
    }
  }

  @Test(arguments: [4, 8, 16])
  func itBeatsPlainRounding(levels: Int) throws {
    let problem = Problem(seed: 1)
    let (form, plain) = (try problem.form(), try problem.rounded(levels: levels))
    let coded = try form.coded(plain, weights: problem.weights, bitCost: 0)
    let (before, after) = (plain.weights.dense(), coded.weights.dense())
    #expect(Set(coded.table.values).isSubset(of: plain.table.values))
    let errors = [before, after].map { problem.error($0, form.shifts(of: $0)) }
    #expect(errors[1] < 0.5 * errors[0], "\(errors)")
  }

  @Test func biasesGiveTheMeansBack() throws {
    let problem = Problem(seed: 2)
    let stored = try problem.rounded(levels: 3).weights.dense()
    let shifts = try problem.form().shifts(of: stored)
    let (found, wanted) = (problem.answers(stored), problem.outputs)
    for row in 0..<problem.rows {
      let places = stride(from: row, to: found.count, by: problem.rows)
      let moved = places.reduce(0.0) { $0 + Double(wanted[$1] - found[$1]) } / Double(problem.count)
      #expect(abs(moved - shifts[row]) < 1e-3)
    }
  }

  @Test func zerosStay() throws {
    let problem = Problem(seed: 3, zeros: true)
    let plain = try problem.rounded(levels: 6)
    let coded = try problem.form().coded(plain, weights: problem.weights, bitCost: 0)
    #expect(coded.codes.positions == plain.codes.positions && coded.codes != plain.codes)
  }

  @Test func bitsThatCountMakeCodesCheaper() throws {
    let problem = Problem(seed: 4)
    let (form, plain) = (try problem.form(), try problem.rounded(levels: 16))
    let free = try form.coded(plain, weights: problem.weights, bitCost: 0)
    let dear = try form.coded(plain, weights: problem.weights, bitCost: 0.1)
    #expect(dear.codeEntropy < free.codeEntropy - 0.2)
  }

  /// Where the student reads what the teacher reads, nothing suits better than the teacher's weights.
  @Test func leastSquaresOfTheTeachersOwnInputsAreItsWeights() throws {
    let problem = Problem(seed: 5)
    for (a, b) in zip(try problem.form().leastSquares(problem.weights), problem.weights) {
      #expect(abs(a - b) < 1e-3)
    }
  }

  @Test func leastSquaresMakeUpForOtherInputs() throws {
    var problem = Problem(seed: 6)
    var random = SeededGenerator(seed: 7)
    problem.inputs = problem.inputs.map { 0.8 * $0 + 0.1 * random.nextNormal() }
    let form = try problem.form()
    let fitted = form.leastSquares(problem.weights)
    let errors = [problem.weights, fitted].map { problem.error($0, form.shifts(of: $0)) }
    #expect(errors[1] < 0.3 * errors[0], "\(errors)")
  }

  @Test(arguments: [1, 2, 33, 65, 150])
  func aMatrixIsItsFactorTimesItself(size: Int) throws {
    var random = SeededGenerator(seed: UInt64(size))
    let roots = (0..<size * 2 * size).map { _ in random.nextNormal() }
    var matrix = [Float](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in 0..<size {
        for index in 0..<2 * size {
          matrix[row * size + column] += roots[row * 2 * size + index] * roots[column * 2 * size + index]
        }
      }
    }
    let factor = try TriangularFactor.upper(matrix, size)
    var x = (0..<size).map { _ in Double(random.nextNormal()) }
    let wanted = x
    var product = [Double](repeating: 0, count: size)
    for row in 0..<size {
      for column in 0..<size {
        if column < row { #expect(factor[row * size + column] == 0) }
        let both = (0..<size).reduce(0.0) {
          $0 + Double(factor[row * size + $1]) * Double(factor[column * size + $1])
        }
        #expect(abs(both - Double(matrix[row * size + column])) < 1e-4 * Double(matrix[row * size + row]))
        product[row] += Double(matrix[row * size + column]) * x[column]
      }
    }
    x = product
    TriangularFactor.solve(factor, &x)
    for (a, b) in zip(x, wanted) { #expect(abs(a - b) < 2e-2) }
  }
}
