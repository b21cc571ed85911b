package dev.packtrain.pipeline.stage;

import dev.packtrain.pipeline.PrepareListener;
import dev.packtrain.pipeline.PrepareStage;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/**
 * Tells how many slices have sent their rows to their groups, if the input needs that: Spark hands over results only of
 * a job's last stage, and this is an earlier one. Spark calls it from one thread.
 */
final class StageProgress extends SparkListener {
    private final PrepareListener listener;
    private int stageId = -1;
    private int numTasks;
    private int numDone;

    StageProgress(PrepareListener listener) {
        this.listener = listener;
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted event) {
        boolean writesShuffle = event.stageInfo().shuffleDepId().isDefined();
        if (writesShuffle && stageId < 0) {
            stageId = event.stageInfo().stageId();
            numTasks = event.stageInfo().numTasks();
            listener.progress(PrepareStage.GROUPING, 0, numTasks);
        }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd event) {
        if (event.stageId() == stageId && event.reason() == Success$.MODULE$ && numDone < numTasks) {
            numDone++;
            listener.progress(PrepareStage.GROUPING, numDone, numTasks);
        }
    }
}
