// Selections as ImageJ itself writes them, for imagej_rois.zip:
//   java -Djava.awt.headless=true -cp ij.jar ImageJRois.java    (ImageJ 1.53t)
// Those of labels 1 and 2 are drawn from masks: one with a hole and two parts, one without; 3 is a
// rectangle, 4 a polygon with sub-pixel resolution.
import ij.gui.PolygonRoi;
import ij.gui.Roi;
import ij.io.RoiEncoder;
import ij.plugin.filter.ThresholdToSelection;
import ij.process.ByteProcessor;
import ij.process.FloatPolygon;
import ij.process.ImageProcessor;
import java.io.FileOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

public class ImageJRois {
  static Roi fromRows(String... rows) {
    ByteProcessor mask = new ByteProcessor(rows[0].length(), rows.length);
    for (int y = 0; y < rows.length; y++) {
      for (int x = 0; x < rows[y].length(); x++) if (rows[y].charAt(x) == '#') mask.set(x, y, 255);
    }
    mask.setThreshold(255, 255, ImageProcessor.NO_LUT_UPDATE);
    return new ThresholdToSelection().convert(mask);
  }

  public static void main(String[] arguments) throws Exception {
    Roi[] rois = {
      fromRows("............", ".####....##.", ".#..#....##.", ".####......."),
      fromRows("............", "............", "............", "............", ".##.........", ".###........"),
      new Roi(8, 4, 3, 2),
      new PolygonRoi(new FloatPolygon(new float[] {5f, 7.75f, 7.75f}, new float[] {4.25f, 4.25f, 6.75f}), Roi.POLYGON),
    };
    try (ZipOutputStream zip = new ZipOutputStream(new FileOutputStream("imagej_rois.zip"))) {
      for (int i = 0; i < rois.length; i++) {
        String name = String.format("cell-%04d", i + 1);
        rois[i].setName(name);
        zip.putNextEntry(new ZipEntry(name + ".roi"));
        zip.write(RoiEncoder.saveAsByteArray(rois[i]));
        zip.closeEntry();
      }
    }
  }
}
