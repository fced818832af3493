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
//
// Where some classes count, the others are compared by neither measure (of a distribution all others are one class),
// and of objects a cell that shows none of theirs weighs like an empty one: for objectness and box p is there p times
// the largest share of a class that counts.

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
  /// Of each head, for each class, whether it counts.
  private let masks: [[Bool]]

  /// - Parameter graph: its `lossValues` are what is compared.
  public init(_ measure: Measure, of graph: Graph) {
    self.measure = measure
    heads = graph.outputs.map { output in graph.heads.first { $0.output == graph[output].name } }
    masks = heads.map { $0?.classMask ?? [] }
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
        let numbers = Numbers(student: student, teacher: teacher, first: place, step: cells, mask: masks[output])
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
    /// For each class whether it counts.
    let mask: [Bool]

    static let least: Float = 1e-12

    /// What the classes that do not count have of a distribution, above nothing.
    func rest(of shares: [Float]) -> Float {
      zip(shares, mask).reduce(Self.least) { $0 + ($1.1 ? 0 : $1.0) }
    }

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

    /// A number that does not count.
    mutating func skip(_ numbers: Numbers, _ channel: Int) { add(0, slope: 0, numbers, channel) }

    /// A squared difference, `slope` that of the difference in the student's number.
    mutating func addSquare(_ difference: Float, slope: Float, weight: Float = 1, _ numbers: Numbers, _ channel: Int) {
      add(weight * difference * difference, slope: 2 * weight * difference * slope, numbers, channel)
    }
  }

  /// How a cell weighs.
  ///
  /// - Parameter wanted: the largest share of a class that counts; 1 where all do.
  fileprivate static func weights(_ objectness: Float, wanted: Float) -> (objectness: Float, classes: Float, box: Float) {
    let seen = max(objectness, 0).squareRoot()
    let asked = seen * max(wanted, 0).squareRoot()
    return (empty + asked, seen, asked)
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
      guard channel == 4 || numbers.mask[channel - 5] else {
        sums.skip(numbers, channel)
        continue
      }
      let own = share(numbers.student(channel))
      sums.addSquare(own.value - share(numbers.teacher(channel)).value, slope: own.slope, numbers, channel)
    }
    if classScores == .softmax { addDistributionSquares(numbers, &sums) }
  }

  fileprivate func addObjects(
    _ numbers: DetectionLoss.Numbers, _ anchor: Anchor, _ width: Int, _ height: Int, _ sums: inout DetectionLoss.Sums
  ) {
    let weights = DetectionLoss.weights(share(numbers.teacher(4)).value, wanted: wantedShare(numbers))
    addOutcomes(numbers, 4, weight: weights.objectness, &sums)
    let (steps, anchors) = units(anchor, width, height)
    for axis in 0..<2 {
      let side = max(anchors[axis] * size(numbers.teacher(2 + axis)).value, 1e-6)
      let centre = share(numbers.student(axis))
      sums.addSquare(
        steps[axis] / side * (centre.value - share(numbers.teacher(axis)).value), slope: steps[axis] / side * centre.slope,
        weight: weights.box, numbers, axis)
      let (own, wanted) = (numbers.student(2 + axis), numbers.teacher(2 + axis))
      if hasNewCoordinates {
        let kept = max(own, 1e-3)
        sums.addSquare(
          2 * (log(kept) - log(max(wanted, 1e-3))), slope: own > 1e-3 ? 2 / own : 0, weight: weights.box, numbers, 2 + axis)
      } else {
        sums.addSquare(own - wanted, slope: 1, weight: weights.box, numbers, 2 + axis)
      }
    }
    switch classScores {
    case .logistic:
      for channel in 5..<5 + classCount {
        if numbers.mask[channel - 5] {
          addOutcomes(numbers, channel, weight: weights.classes, &sums)
        } else {
          sums.skip(numbers, channel)
        }
      }
    case .softmax: addDistribution(numbers, weight: weights.classes, &sums)
    }
  }

  /// The teacher's largest share of a class that counts; 1 where all do.
  private func wantedShare(_ numbers: DetectionLoss.Numbers) -> Float {
    guard countedClasses != nil else { return 1 }
    let shares =
      switch classScores {
      case .logistic: (0..<classCount).map { numbers.mask[$0] ? share(numbers.teacher(5 + $0)).value : 0 }
      case .softmax: zip(distribution(numbers.teacher).shares, numbers.mask).map { $1 ? $0 : 0 }
      }
    return shares.max() ?? 0
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
    let (q, p) = (numbers.rest(of: own.shares), numbers.rest(of: wanted.shares))
    for (index, share) in wanted.shares.enumerated() {
      guard numbers.mask[index] else {
        sums.add(0, slope: weight * own.shares[index] * (1 - p / q), numbers, 5 + index)
        continue
      }
      let difference = numbers.student(5 + index) - numbers.teacher(5 + index) - own.logSum + wanted.logSum
      sums.add(-weight * share * difference, slope: weight * (own.shares[index] - share), numbers, 5 + index)
    }
    if p > DetectionLoss.Numbers.least { sums.total += Double(weight * p * log(p / q)) }
  }

  private func addDistributionSquares(_ numbers: DetectionLoss.Numbers, _ sums: inout DetectionLoss.Sums) {
    let (own, wanted) = (distribution(numbers.student).shares, distribution(numbers.teacher).shares)
    let differences = zip(numbers.mask, zip(own, wanted)).map { $0 ? $1.0 - $1.1 : 0 }
    let mean = zip(own, differences).reduce(0) { $0 + $1.0 * $1.1 }
    for (index, difference) in differences.enumerated() {
      sums.add(difference * difference, slope: 2 * own[index] * (difference - mean), numbers, 5 + index)
    }
  }
}
