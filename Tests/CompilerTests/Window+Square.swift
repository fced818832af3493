import ModelGraph

extension Window {
  static let square = Window(kernel: [3, 3], padBefore: [1, 1], padAfter: [1, 1])
}
