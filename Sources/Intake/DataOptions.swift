import Datasets

/// Where samples come from and how they are made ready for the network.
public struct DataOptions: Equatable, Sendable, Codable {
  /// A file, a folder, or `random:N`.
  public var path: String
  public var labels: String?
  public var scale: [Float]?
  public var mean: [Float]?
  public var layout: InputTransform.Layout?
  /// How images of any size become the input's; nil: they have its size.
  public var fit: ImageFit.Method?
  /// Whether samples may be frames, of which so many in a row are one; nil: they are not.
  package var frames: Int?

  public init(
    path: String, labels: String? = nil, scale: [Float]? = nil, mean: [Float]? = nil,
    layout: InputTransform.Layout? = nil, fit: ImageFit.Method? = nil
  ) {
    self.path = path
    self.labels = labels
    self.scale = scale
    self.mean = mean
    self.layout = layout
    self.fit = fit
  }
}
