package dev.packtrain.training.launch;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Map;

/** What a training process tells its parent: one JSON object a line on standard output. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
    @JsonSubTypes.Type(value = TrainerEvent.Ready.class, name = "ready"),
    @JsonSubTypes.Type(value = TrainerEvent.Alive.class, name = "alive"),
    @JsonSubTypes.Type(value = TrainerEvent.Started.class, name = "started"),
    @JsonSubTypes.Type(value = TrainerEvent.Step.class, name = "step"),
    @JsonSubTypes.Type(value = TrainerEvent.Evaluation.class, name = "evaluation"),
    @JsonSubTypes.Type(value = TrainerEvent.Notice.class, name = "notice"),
    @JsonSubTypes.Type(value = TrainerEvent.Finished.class, name = "finished"),
    @JsonSubTypes.Type(value = TrainerEvent.Failed.class, name = "failed")
})
public sealed interface TrainerEvent {
    /**
     * The process is up and waits for the rendezvous.
     *
     * @param storePort port of the store that rank 0 opened; 0 on other ranks
     */
    record Ready(int storePort) implements TrainerEvent {}

    /**
     * The process runs, whatever it is busy with: sent every {@link #ALIVE_SECONDS} from the start, so that one that is
     * stopped is noticed long before a deadline of the work itself.
     */
    record Alive() implements TrainerEvent {}

    /** Seconds between two {@link Alive} of a process. */
    int ALIVE_SECONDS = 2;

    /**
     * Rank 0: the model is built and training begins.
     *
     * @param numParameters trained parameters
     * @param startStep steps already done (resumed), else 0
     * @param totalSteps steps of the whole run
     * @param description one line for people: model, device, dtype, threads; the attention kernel follows as a notice
     */
    record Started(long numParameters, int startStep, int totalSteps, String description) implements TrainerEvent {}

    /**
     * A step is done. Rank 0 sends one a step; the other ranks send one too, as a sign of life, with no metrics.
     *
     * @param step steps done, 1-based
     * @param metrics as in {@code metrics.jsonl}; empty on ranks other than 0
     */
    record Step(int step, Map<String, Double> metrics) implements TrainerEvent {}

    /**
     * Held-out packs are done. Every rank sends some while an evaluation runs, as a sign of life, and rank 0 one with metrics
     * when it has ended.
     *
     * @param step training steps done
     * @param done held-out packs that all ranks together have evaluated
     * @param total held-out packs
     * @param metrics as in {@code metrics.jsonl}; empty before the end, and on ranks other than 0
     */
    record Evaluation(int step, int done, int total, Map<String, Double> metrics) implements TrainerEvent {}

    /**
     * Something a person should see: a checkpoint was written, a run resumed.
     *
     * @param message one sentence
     */
    record Notice(String message) implements TrainerEvent {}

    /**
     * The rank is done; rank 0 has written the model.
     *
     * @param steps steps done in all
     * @param summary figures of the whole run: {@code train_loss}, {@code train_runtime}, …; empty on ranks other than 0
     */
    record Finished(int steps, Map<String, Double> summary) implements TrainerEvent {}

    /**
     * The rank gives up.
     *
     * @param kind who is to blame
     * @param message one sentence, leading with {@code [rank 1 step=120]} when distributed
     */
    record Failed(Kind kind, String message) implements TrainerEvent {
        /** Who is to blame. */
        public enum Kind {
            /** The user's input: no stack trace wanted. */
            USER,
            /** Another rank vanished or stalled: look for that rank's own report first. */
            PEER,
            /** This process. */
            INTERNAL
        }
    }
}
