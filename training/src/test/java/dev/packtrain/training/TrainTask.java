package dev.packtrain.training;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.training.data.RankBatch;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.LineProtocol;
import java.util.ArrayList;
import java.util.List;

/**
 * One rank of a whole training run: all that a training process does but for starting and ending. Its argument is a {@link
 * LaunchSpec}, its result the ids of the examples that this rank trained on, one list a step.
 */
public final class TrainTask implements RankTask {
    @Override
    public Object run(RankSite site, JsonNode argument) throws Exception {
        LaunchSpec spec = LineProtocol.launchSpec(argument.toString());
        List<long[]> exampleIds = new ArrayList<>();
        TrainerProcess process =
                new TrainerProcess(spec, site.parent(), (RankBatch batch) -> exampleIds.add(batch.exampleIds()));
        try {
            process.run();
        } finally {
            process.release();
        }
        return exampleIds;
    }
}
