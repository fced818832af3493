// A layer as the sparse difference sees it: where its windows lie on a padded input, and which
// element of a window each column of its matrix is multiplied with.

import CKernels
import ModelGraph
import Tensors

/// The layer's windows, for `kx_sparse_difference`.
struct TrialWindows: Sendable {
  let geometry: kx_geometry
  /// Elements of a sample of the layer's input with its padding, and of its output.
  let inputElements: Int
  let outputElements: Int
  /// Where each element of an unpadded sample goes; nil where there is no padding.
  let places: [Int32]?
  /// [groups][columns], elements from the first of a window.
  let offsets: [Int32]
  /// Filters of a group.
  let groupFilters: Int

  /// Whether there is one window, of all the input in its order: a dense layer over one vector.
  var columnsAreInputs: Bool {
    geometry.step_y == 0 && geometry.out_width == 1 && offsets.count == inputElements
  }

  init(_ graph: Graph, _ layer: Layer) {
    let node = graph.nodes[layer.nodeIndex]
    let (input, output) = (graph[node.inputs[0]].shape, graph[node.output].shape)
    outputElements = output.elementCount
    if let window = layer.window {
      let padded = PaddedImage(input, window)
      let steps = window.strides
      geometry = kx_geometry(
        filters: Int32(layer.rows), out_height: Int32(output[1]), out_width: Int32(output[2]),
        step_y: Int32(steps[0] * padded.width), step_x: Int32(steps[1]),
        filter_stride: Int32(output[1] * output[2]), window_stride: 1)
      inputElements = padded.channels * padded.height * padded.width
      places = padded.places
      offsets = padded.offsets(window, groups: layer.groups, columns: layer.columns)
      groupFilters = layer.rows / layer.groups
    } else {
      geometry = kx_geometry(
        filters: Int32(layer.rows), out_height: 1,
        out_width: Int32(input.dropLast().elementCount), step_y: 0, step_x: Int32(layer.columns),
        filter_stride: 1, window_stride: Int32(layer.rows))
      inputElements = input.elementCount
      places = nil
      offsets = (0..<layer.columns).map { Int32($0) }
      groupFilters = layer.rows
    }
  }
}

/// An image with its convolution's padding, channels first.
private struct PaddedImage {
  let channels, height, width: Int
  let places: [Int32]?

  init(_ shape: [Int], _ window: Window) {
    channels = shape[0]
    let (top, left) = (window.padBefore[0], window.padBefore[1])
    let (height, width) = (
      shape[1] + top + window.padAfter[0], shape[2] + left + window.padAfter[1]
    )
    (self.height, self.width) = (height, width)
    guard height > shape[1] || width > shape[2] else {
      places = nil
      return
    }
    places = (0..<shape.elementCount).map { element in
      let (row, x) = element.quotientAndRemainder(dividingBy: shape[2])
      let (channel, y) = row.quotientAndRemainder(dividingBy: shape[1])
      return Int32((channel * height + y + top) * width + x + left)
    }
  }

  /// What each column of each group's matrix is multiplied with.
  func offsets(_ window: Window, groups: Int, columns: Int) -> [Int32] {
    let (kernel, dilations) = (window.kernel, window.dilations)
    let groupChannels = channels / groups
    return (0..<groups * columns).map { index in
      let (group, column) = index.quotientAndRemainder(dividingBy: columns)
      let (row, dx) = column.quotientAndRemainder(dividingBy: kernel[1])
      let (channel, dy) = row.quotientAndRemainder(dividingBy: kernel[0])
      let line = (group * groupChannels + channel) * height + dy * dilations[0]
      return Int32(line * width + dx * dilations[1])
    }
  }
}
