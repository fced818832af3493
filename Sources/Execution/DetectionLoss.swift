// How far a student's heads are from its teacher's, read as boxes by the formulas of ModelGraph's DetectionHead while
// the outputs stay raw. Two measures.
//
// Squares, the paper's: the mean squared difference of every number of every head, each first made what it stands for:
// centres and sizes in parts of the image, objectness and classes as shares.
//
// Objects, which weighs by what the teacher sees in a cell. With p its objectness there:
//
//     objectness   (0.05 + sqrt p) KL(p || student's), of two outcomes: nearly all cells are empty and weigh little, but
//                  an object of 1 % weighs a third of one of 25 %, so that unsure ones are kept
//     classes      sqrt p KL(teacher's || student's), of two outcomes each, or of the distribution
//     box          sqrt p (d²), the centre's distance in parts of the teacher's box and the logarithms of the sizes'
//                  ratios: to first order what an overlap loses, of large and small boxes alike

import CKernels
import Foundation
import ModelGraph
import Tensors

/// A measure of how far a detector's heads are from its teacher's; see the file's head.
public struct DetectionLoss: Equatable, Sendable, Codable {
  public enum Measure: String, Sendable, Codable {
    case squares
    case objects
  }

  let measure: Measure
  /// Of each output that is compared; nil where an output is none, whose numbers are compared as they are.
  let heads: [DetectionHead?]

  /// - Parameter graph: its `lossValues` are what is compared.
  public init(_ measure: Measure, of graph: Graph) {
    self.measure = measure
    heads = graph.outputs.map { output in graph.heads.first { $0.output == graph[output].name } }
  }

  /// The least objectness by which an empty cell is weighed.
  private static let empty: Float = 0.05
  /// The largest exponent of a size: of boxes a thousand times their anchor.
  private static let largestExponent: Float = 7

  /// The sum over samples of output number `output`; with `gradient`, the slope of `scale` times the sum.
  func total(
    _ student: UnsafePointer<Float>, _ teacher: UnsafePointer<Float>, output: Int, shape: [Int], samples: Int,
    gradient: UnsafeMutablePointer<Float>?, scale: Float
  ) -> Double {
    guard let head = heads[output] else {
      return kx_squared_error(student, teacher, nil, samples, shape.elementCount, gradient, scale)
    }
    let (height, width) = (shape[1], shape[2])
    let cells = height * width
    var sums = Sums(gradient: gradient, scale: scale)
    for box in 0..<samples * head.anchors.count {
      let anchor = head.anchors[box % head.anchors.count]
      for cell in 0..<cells {
        let place = box * head.channelsPerAnchor * cells + cell
        let numbers = Numbers(student: student, teacher: teacher, first: place, step: cells)
        switch measure {
        case .squares: head.addSquares(numbers, anchor, width, height, &sums)
        case .objects: head.addObjects(numbers, anchor, width, height, &sums)
        }
      }
    }
    return sums.total
  }

  /// The numbers of one anchor in one cell, channel by channel.
  fileprivate struct Numbers {
    let student, teacher: UnsafePointer<Float>
    let first, step: Int

    func student(_ channel: Int) -> Float { student[first + channel * step] }
    func teacher(_ channel: Int) -> Float { teacher[first + channel * step] }
  }

  fileprivate struct Sums {
    var total = 0.0
    let gradient: UnsafeMutablePointer<Float>?
    let scale: Float

    mutating func add(_ value: Float, slope: Float, _ numbers: Numbers, _ channel: Int) {
      total += Double(value)
      gradient?[numbers.first + channel * numbers.step] = scale * slope
    }

    /// A squared difference, `slope` that of the difference in the student's number.
    mutating func addSquare(_ difference: Float, slope: Float, weight: Float = 1, _ numbers: Numbers, _ channel: Int) {
      add(weight * difference * difference, slope: 2 * weight * difference * slope, numbers, channel)
    }
  }

  fileprivate static func weights(_ objectness: Float) -> (objectness: Float, rest: Float) {
    let seen = max(objectness, 0).squareRoot()
    return (empty + seen, seen)
  }

  fileprivate static func exponential(_ x: Float) -> (value: Float, slope: Float) {
    let value = exp(min(x, largestExponent))
    return (value, x < largestExponent ? value : 0)
  }
}

private func logistic(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

extension DetectionHead {
  /// What a number stands for where it is a share, and the slope of that.
  private func share(_ x: Float) -> (value: Float, slope: Float) {
    if hasNewCoordinates { return (x, 1) }
    let value = logistic(x)
    return (value, value * (1 - value))
  }

  /// A size in anchors, and its slope.
  private func size(_ x: Float) -> (value: Float, slope: Float) {
    hasNewCoordinates ? (4 * x * x, 8 * x) : DetectionLoss.exponential(x)
  }

  /// Parts of the image of a whole step of a centre, and of an anchor, across and down.
  private func units(_ anchor: Anchor, _ width: Int, _ height: Int) -> (steps: [Float], anchors: [Float]) {
    let (across, down) = kind == .yolo ? (inputWidth, inputHeight) : (width, height)
    let scale = kind == .yolo ? Float(scaleXY) : 1
    return (
      [scale / Float(width), scale / Float(height)], [Float(anchor.width) / Float(across), Float(anchor.height) / Float(down)]
    )
  }

  fileprivate func addSquares(
    _ numbers: DetectionLoss.Numbers, _ anchor: Anchor, _ width: Int, _ height: Int, _ sums: inout DetectionLoss.Sums
  ) {
    let (steps, anchors) = units(anchor, width, height)
    for axis in 0..<2 {
      let centre = share(numbers.student(axis))
      sums.addSquare(
        steps[axis] * (centre.value - share(numbers.teacher(axis)).value), slope: steps[axis] * centre.slope, numbers, axis)
      let own = size(numbers.student(2 + axis))
      sums.addSquare(
        anchors[axis] * (own.value - size(numbers.teacher(2 + axis)).value), slope: anchors[axis] * own.slope, numbers,
        2 + axis)
    }
    let shares = classScores == .logistic ? classCount : 0
    for channel in 4..<5 + shares {
      let own = share(numbers.student(channel))
      sums.addSquare(own.value - share(numbers.teacher(channel)).value, slope: own.slope, numbers, channel)
    }
    if classScores == .softmax { addDistributionSquares(numbers, &sums) }
  }

  fileprivate func addObjects(
    _ numbers: DetectionLoss.Numbers, _ anchor: Anchor, _ width: Int, _ height: Int, _ sums: inout DetectionLoss.Sums
  ) {
    let weights = DetectionLoss.weights(share(numbers.teacher(4)).value)
    addOutcomes(numbers, 4, weight: weights.objectness, &sums)
    let (steps, anchors) = units(anchor, width, height)
    for axis in 0..<2 {
      let side = max(anchors[axis] * size(numbers.teacher(2 + axis)).value, 1e-6)
      let centre = share(numbers.student(axis))
      sums.addSquare(
        steps[axis] / side * (centre.value - share(numbers.teacher(axis)).value), slope: steps[axis] / side * centre.slope,
        weight: weights.rest, numbers, axis)
      let (own, wanted) = (numbers.student(2 + axis), numbers.teacher(2 + axis))
      if hasNewCoordinates {
        let kept = max(own, 1e-3)
        sums.addSquare(
          2 * (log(kept) - log(max(wanted, 1e-3))), slope: own > 1e-3 ? 2 / own : 0, weight: weights.rest, numbers, 2 + axis)
      } else {
        sums.addSquare(own - wanted, slope: 1, weight: weights.rest, numbers, 2 + axis)
      }
    }
    switch classScores {
    case .logistic:
      for channel in 5..<5 + classCount { addOutcomes(numbers, channel, weight: weights.rest, &sums) }
    case .softmax: addDistribution(numbers, weight: weights.rest, &sums)
    }
  }

  /// Kullback-Leibler of two outcomes.
  private func addOutcomes(
    _ numbers: DetectionLoss.Numbers, _ channel: Int, weight: Float, _ sums: inout DetectionLoss.Sums
  ) {
    let (own, wanted) = (numbers.student(channel), numbers.teacher(channel))
    if hasNewCoordinates {
      func inside(_ share: Float) -> Float { min(max(share, 1e-6), 1 - 1e-6) }
      let (q, p) = (inside(own), inside(wanted))
      let divergence = p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))
      sums.add(weight * divergence, slope: q == own ? weight * (q - p) / (q * (1 - q)) : 0, numbers, channel)
    } else {
      func softplus(_ x: Float) -> Float { max(x, 0) + log1p(exp(-abs(x))) }
      let p = logistic(wanted)
      let divergence = softplus(own) - softplus(wanted) - p * (own - wanted)
      sums.add(weight * divergence, slope: weight * (logistic(own) - p), numbers, channel)
    }
  }

  // MARK: Classes by softmax

  private func distribution(_ score: (Int) -> Float) -> (shares: [Float], logSum: Float) {
    let scores = (0..<classCount).map { score(5 + $0) }
    let most = scores.max() ?? 0
    let odds = scores.map { exp($0 - most) }
    let sum = odds.reduce(0, +)
    return (odds.map { $0 / sum }, most + log(sum))
  }

  private func addDistribution(_ numbers: DetectionLoss.Numbers, weight: Float, _ sums: inout DetectionLoss.Sums) {
    let (own, wanted) = (distribution(numbers.student), distribution(numbers.teacher))
    for (index, p) in wanted.shares.enumerated() {
      let difference = numbers.student(5 + index) - numbers.teacher(5 + index) - own.logSum + wanted.logSum
      sums.add(-weight * p * difference, slope: weight * (own.shares[index] - p), numbers, 5 + index)
    }
  }

  private func addDistributionSquares(_ numbers: DetectionLoss.Numbers, _ sums: inout DetectionLoss.Sums) {
    let (own, wanted) = (distribution(numbers.student).shares, distribution(numbers.teacher).shares)
    let differences = zip(own, wanted).map { $0 - $1 }
    let mean = zip(own, differences).reduce(0) { $0 + $1.0 * $1.1 }
    for (index, difference) in differences.enumerated() {
      sums.add(difference * difference, slope: 2 * own[index] * (difference - mean), numbers, 5 + index)
    }
  }
}
