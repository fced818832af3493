extension Dataset {
  /// Photographs as samples of an input, and where in it each lies.
  ///
  /// - Parameters:
  ///   - photographs: at least one.
  ///   - scale, mean, layout: as of ``load(path:labels:scale:mean:layout:reading:)``, of images.
  package static func fitted(
    _ photographs: [Photograph], to fit: ImageFit, scale: [Float]? = nil, mean: [Float]? = nil,
    layout: InputTransform.Layout? = nil
  ) throws(DatasetError) -> (samples: Dataset, placements: [Placement]) {
    var pixels: [UInt8] = []
    var placements: [Placement] = []
    for photograph in photographs {
      let (planes, placement) = photograph.fitted(to: fit)
      pixels += planes
      placements.append(placement)
    }
    let array = SampleArray(
      count: photographs.count, shape: [fit.channels, fit.height, fit.width], storage: .bytes(pixels),
      isImage: true, defaultScale: SampleArray.pixelScale)
    return (try Dataset(array, scale: scale, mean: mean, layout: layout), placements)
  }
}
