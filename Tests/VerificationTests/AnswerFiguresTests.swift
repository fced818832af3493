import Execution
import ModelGraph
import TestSupport
import Testing
import Verification

/// What is told of outputs, against figures by hand.
struct AnswerFiguresTests {
  private func graph(_ widths: Int...) throws -> Graph {
    var net = NetBuilder(seed: 1)
    let x = net.input([4])
    for width in widths { net.output(try net.dense(x, to: width)) }
    return net.graph
  }

  @Test func valuesHaveErrorsForEachOutputAndInAll() throws {
    var figures = AnswerFigures(.values, of: try graph(2, 1))
    figures.add(teacher: [[0, 0], [1]], edge: [[3, -1], [1]], samples: 1, labels: nil)
    figures.add(teacher: [[0, 0], [1]], edge: [[0, 0], [5]], samples: 1, labels: nil)
    let outputs = figures.outputs
    #expect(outputs.map(\.mae) == [1, 2] && outputs[0].rmse == (10.0 / 4).squareRoot())
    #expect(outputs[1].rmse == 8.0.squareRoot() && outputs[0].classes == nil)
    let errors = try #require(figures.errors)
    #expect(abs(errors.mae - 8.0 / 6) < 1e-12 && abs(errors.rmse - (26.0 / 6).squareRoot()) < 1e-12)
  }

  @Test func classesHaveAMatrixAndRates() throws {
    var figures = AnswerFigures(.classes([.largest]), of: try graph(3))
    let edge: [Float] = [9, 0, 0, 0, 9, 0, 9, 0, 0, 0, .nan, 0]
    figures.add(teacher: [edge], edge: [edge], samples: 4, labels: [0, 1, 1, 1])
    let output = figures.outputs[0]
    // The last sample has no answer, and is in no column.
    #expect(output.confusion == [[1, 0, 0], [1, 1, 0], [0, 0, 0]] && output.mae == nil)
    let classes = try #require(output.classes)
    #expect(classes.map(\.truePositives) == [1, 1, 0] && classes.map(\.falsePositives) == [1, 0, 0])
    #expect(classes.map(\.falseNegatives) == [0, 2, 0] && classes.map(\.trueNegatives) == [2, 1, 4])
    #expect(classes.map(\.precision) == [0.5, 1, nil] && classes.map(\.recall) == [1, 1.0 / 3, nil])
    #expect(classes.map(\.falsePositiveRate) == [1.0 / 3, 0, 0])
    #expect(figures.errors == nil && output.auc == nil)
  }

  @Test func withoutLabelsTheTeacherIsRight() throws {
    var figures = AnswerFigures(.classes([.largest]), of: try graph(2))
    figures.add(teacher: [[1, 0, 0, 1]], edge: [[0, 1, 0, 1]], samples: 2, labels: nil)
    #expect(figures.outputs[0].confusion == [[0, 1], [0, 1]])
  }

  @Test func oneNumberHasAnAreaUnderItsCurve() throws {
    var figures = AnswerFigures(.classes([.above(0.5)]), of: try graph(1))
    let (teacher, edge): ([Float], [Float]) = ([0.9, 0.8, 0.2, 0.1, 0], [0.9, 0.3, 0.3, 0.6, 0])
    figures.add(teacher: [teacher], edge: [edge], samples: 5, labels: [1, 1, 0, 0, 0])
    let output = figures.outputs[0]
    // Pairs won: 3 by the first positive, 1 and a half by the second, of 6.
    #expect(output.teacherAUC == 1)
    #expect(abs(try #require(output.auc) - 4.5 / 6) < 1e-12)
    #expect(output.confusion == [[2, 1], [1, 1]])
    var single = AnswerFigures(.classes([.above(0.5)]), of: try graph(1))
    single.add(teacher: [teacher], edge: [edge], samples: 5, labels: [1, 1, 1, 1, 1])
    #expect(single.outputs[0].auc == nil)
  }

  @Test func severalThresholdsHaveRatesAndNoMatrix() throws {
    var figures = AnswerFigures(.classes([.above(0.5)]), of: try graph(2))
    figures.add(teacher: [[0.9, 0.1, 0.9, 0.1]], edge: [[0.9, 0.7, 0.2, 0.1]], samples: 2, labels: nil)
    let classes = try #require(figures.outputs[0].classes)
    #expect(figures.outputs[0].confusion == nil)
    #expect(classes.map(\.recall) == [0.5, nil] && classes.map(\.precision) == [1, 0])
  }
}
