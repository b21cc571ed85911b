package dev.packtrain.jobs.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.packtrain.packing.BadInputException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class LossCurveTest {
    @Test
    void readsWhatTrainingWrites(@TempDir Path dir) throws Exception {
        Files.writeString(
                dir.resolve("metrics.jsonl"),
                """
                {"step":1,"loss":9.5,"learning_rate":0.001}
                {"step":2,"loss":"NaN"}
                {"step":5,"loss":7}
                """);
        LossCurve curve = LossCurve.read(dir);
        assertThat(curve.steps()).containsExactly(1, 5);
        assertThat(curve.losses()).containsExactly(9.5, 7);
        assertThat(curve.last()).isEqualTo(7);
    }

    @Test
    void saysWhichFileIsMissingOrBroken(@TempDir Path dir) throws Exception {
        assertThatThrownBy(() -> LossCurve.read(dir))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("metrics.jsonl");
        Files.writeString(dir.resolve("metrics.jsonl"), "{\"step\":1,\"loss\":2}\n{\"step\":");
        assertThatThrownBy(() -> LossCurve.read(dir))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("line 2");
    }

    @Test
    void drawsEveryPointWhereItBelongs() throws Exception {
        Document picture = parse(new LossCurve(new int[] {1, 2, 3}, new double[] {8, 6, 5}).toSvg(7.5));
        List<double[]> points = points(picture);
        assertThat(points).hasSize(3);
        // x rises by equal parts; y falls on the screen's scale as the loss does.
        assertThat(points.get(1)[0] - points.get(0)[0]).isCloseTo(points.get(2)[0] - points.get(1)[0], offset(0.2));
        double pixelsPerNat = (points.get(1)[1] - points.get(0)[1]) / 2;
        assertThat(pixelsPerNat).isPositive();
        assertThat(points.get(2)[1] - points.get(1)[1]).isCloseTo(pixelsPerNat, offset(0.2));
        Element reference = reference(picture);
        assertThat(Double.parseDouble(reference.getAttribute("y1")) - points.get(0)[1])
                .isCloseTo(pixelsPerNat / 2, offset(0.2));
    }

    @Test
    void staysInsideThePictureForAnyCurve() throws Exception {
        for (LossCurve curve : List.of(
                new LossCurve(new int[0], new double[0]),
                new LossCurve(new int[] {7}, new double[] {3}),
                new LossCurve(new int[] {1, 100_000}, new double[] {0.00123, 0.00124}),
                new LossCurve(new int[] {1, 2, 3}, new double[] {1e6, 3, -2}))) {
            List<double[]> points = points(parse(curve.toSvg()));
            assertThat(points).hasSize(curve.size());
            assertThat(points).allMatch(p -> p[0] >= 0 && p[0] <= 720 && p[1] >= 0 && p[1] <= 320);
        }
    }

    @Test
    void ticksAreRoundNumbers() {
        assertThat(new double[] {
                    LossChart.roundTick(5), LossChart.roundTick(7), LossChart.roundTick(12), LossChart.roundTick(40)
                })
                .containsExactly(1, 2, 5, 10);
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }

    private static List<double[]> points(Document picture) {
        String points = ((Element) picture.getElementsByTagName("polyline").item(0)).getAttribute("points");
        return Arrays.stream(points.split(" "))
                .filter(point -> !point.isEmpty())
                .map(point -> Arrays.stream(point.split(","))
                        .mapToDouble(Double::parseDouble)
                        .toArray())
                .toList();
    }

    private static Element reference(Document picture) {
        var lines = picture.getElementsByTagName("line");
        for (int i = 0; i < lines.getLength(); i++) {
            Element line = (Element) lines.item(i);
            if (line.getAttribute("class").equals("reference")) {
                return line;
            }
        }
        throw new AssertionError("no reference line");
    }
}
