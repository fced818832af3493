// From the raw numbers of a head to boxes, by the formulas of ModelGraph's DetectionHead, as Darknet's
// get_yolo_detections and get_region_detections do it: a box is one finding for every class whose objectness
// times share lies above the threshold, and not for the likeliest class alone.

import Foundation
import ModelGraph

extension DetectionHead {
  /// Adds what a head finds above a threshold, of the classes that count.
  ///
  /// - Parameters:
  ///   - values: [anchors x channels of one, height, width].
  ///   - threshold: 0 up to 1; a finding's confidence is above it.
  ///   - frame: where the photograph lies in the input.
  /// - Complexity: one logistic a cell and anchor; classes are looked at where the objectness is above the
  ///   threshold.
  public func decode(
    _ values: ArraySlice<Float>, gridWidth: Int, gridHeight: Int, above threshold: Float, frame: Frame = .whole,
    into found: inout [DetectedObject]
  ) {
    let cells = gridWidth * gridHeight
    let mask = classMask
    precondition(values.count == anchors.count * channelsPerAnchor * cells, "a number for each channel and cell")
    values.withUnsafeBufferPointer { values in
      for anchor in anchors.indices {
        let first = anchor * channelsPerAnchor * cells
        for cell in 0..<cells {
          let numbers = Numbers(values: values, first: first + cell, step: cells)
          let objectness = hasNewCoordinates ? numbers[4] : logistic(numbers[4])
          // Also where it is not a number.
          guard objectness > threshold else { continue }
          let box = box(
            numbers, anchors[anchor], column: cell % gridWidth, row: cell / gridWidth, gridWidth, gridHeight)
          guard box.isFinite else { continue }
          add(numbers, objectness, frame.inside(box), threshold, mask, &found)
        }
      }
    }
  }

  /// The numbers of one anchor in one cell, channel by channel.
  private struct Numbers {
    let values: UnsafeBufferPointer<Float>
    let first: Int
    let step: Int

    subscript(channel: Int) -> Float { values[first + channel * step] }
  }

  private func box(
    _ numbers: Numbers, _ anchor: Anchor, column: Int, row: Int, _ gridWidth: Int, _ gridHeight: Int
  ) -> Box {
    func centre(_ channel: Int, _ cell: Int, _ count: Int) -> Float {
      let place = hasNewCoordinates ? numbers[channel] : logistic(numbers[channel])
      let scale = kind == .yolo ? Float(scaleXY) : 1
      return (Float(cell) + scale * place - (scale - 1) / 2) / Float(count)
    }
    func size(_ channel: Int, _ anchor: Double, _ unit: Int) -> Float {
      let number = numbers[channel]
      let factor = hasNewCoordinates ? 4 * number * number : exp(number)
      return factor * Float(anchor) / Float(unit)
    }
    let isYOLO = kind == .yolo
    return Box(
      centreX: centre(0, column, gridWidth), centreY: centre(1, row, gridHeight),
      width: size(2, anchor.width, isYOLO ? inputWidth : gridWidth),
      height: size(3, anchor.height, isYOLO ? inputHeight : gridHeight))
  }

  private func add(
    _ numbers: Numbers, _ objectness: Float, _ box: Box, _ threshold: Float, _ mask: [Bool],
    _ found: inout [DetectedObject]
  ) {
    func take(_ number: Int, _ share: Float) {
      let confidence = objectness * share
      if confidence > threshold { found.append(.init(classNumber: number, confidence: confidence, box: box)) }
    }
    switch classScores {
    case .logistic:
      for number in 0..<classCount where mask[number] {
        let score = numbers[5 + number]
        take(number, hasNewCoordinates ? score : logistic(score))
      }
    case .softmax:
      let scores = (0..<classCount).map { numbers[5 + $0] }
      let most = scores.max() ?? 0
      let shares = scores.map { exp($0 - most) }
      let sum = shares.reduce(0, +)
      for (number, share) in shares.enumerated() where mask[number] { take(number, share / sum) }
    }
  }
}

private func logistic(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

extension Box {
  fileprivate var isFinite: Bool {
    centreX.isFinite && centreY.isFinite && width.isFinite && height.isFinite && width > 0 && height > 0
  }
}
