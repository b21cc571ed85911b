package dev.packtrain.training.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.MeshLab;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.HuggingFaceModel;
import dev.packtrain.training.model.SpecialTokens;
import dev.packtrain.training.model.TinyFamilies;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Two processes that each load their part of one Hugging Face directory. */
@ExtendWith(MeshLab.Shared.class)
class TensorParallelDistributedTest {
    @TempDir
    Path dir;

    @Test
    void twoProcessesAreOneModel(MeshLab lab) throws Exception {
        TorchRuntime.start(1);
        DecoderConfig config =
                TinyFamilies.untied(TinyFamilies.all().skip(2).findFirst().orElseThrow());
        double loss;
        int[] tokens;
        try (Decoder whole = Decoder.fromScratch(config, 7, ScalarType.Float, ComputeDevice.CPU)) {
            HuggingFaceModel.save(dir, config, whole.parameters(), new SpecialTokens(List.of(1), null, null));
            loss = whole.evaluate(TensorRankTask.pack(config)).sum();
            tokens = TensorRankTask.generate(whole);
        }
        List<TensorRankTask.Found[]> ranks = new ArrayList<>();
        ObjectMapper mapper = new ObjectMapper();
        for (MeshLab.RankOutcome rank : lab.run(TensorRankTask.DEGREE, TensorRankTask.class, dir.toString())) {
            ranks.add(mapper.treeToValue(rank.result(), TensorRankTask.Found[].class));
        }
        for (TensorRankTask.Found[] ofRank : ranks) {
            assertThat(ofRank).as("with and without sequence parallelism").hasSize(2);
            for (int way = 0; way < ofRank.length; way++) {
                assertThat(ofRank[way].loss())
                        .isCloseTo(loss, within(1e-5 * loss))
                        .as("both ranks say the same, bit for bit")
                        .isEqualTo(ranks.get(0)[way].loss());
                assertThat(ofRank[way].error()).isLessThan(1e-5);
                assertThat(ofRank[way].tokens()).isEqualTo(tokens);
            }
        }
    }
}
