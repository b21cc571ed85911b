package dev.packtrain.training;

import dev.packtrain.training.checkpoint.CheckpointReader;
import dev.packtrain.training.checkpoint.LearningSettings;
import dev.packtrain.training.checkpoint.OutputDirectory;
import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.collectives.GroupFactory;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.RankStore;
import dev.packtrain.training.data.RankBatch;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.AllocatorInUse;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.device.WeightProduct;
import dev.packtrain.training.launch.HeldOutData;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.LineProtocol;
import dev.packtrain.training.launch.Rendezvous;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.EvaluationFigures;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.shard.OffloadDirectory;
import dev.packtrain.training.shard.ShardingPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** One rank from its launch spec to its last event. */
final class TrainerProcess {
    private final LaunchSpec spec;
    private final ParentLink parent;
    private final Duration timeout;
    private final ComputeDevice device;
    private final Consumer<RankBatch> batches;
    private OutputDirectory output;
    private volatile int currentStep;

    TrainerProcess(LaunchSpec spec, ParentLink parent) {
        this(spec, parent, batch -> {});
    }

    /** The same, with somebody who is told of every batch that is trained on. */
    TrainerProcess(LaunchSpec spec, ParentLink parent, Consumer<RankBatch> batches) {
        this.spec = spec;
        this.parent = parent;
        this.batches = batches;
        this.timeout = Duration.ofSeconds(spec.timeoutSeconds());
        this.device = ComputeDevice.of(spec.device(), spec.gpu());
    }

    /** The step being worked on, 1-based; 0 before the first. */
    int currentStep() {
        return currentStep;
    }

    /** Gives the output directory back after a failure. */
    void release() {
        if (output != null) {
            try {
                output.close();
            } catch (IOException e) {
                System.err.println("cannot release " + spec.outputDir() + ": " + e);
            }
        }
    }

    void run() throws IOException, InterruptedException {
        // What the user can have got wrong is looked at before ranks wait for each other.
        try (PreparedData data = PreparedData.open(Path.of(spec.datasetDir()), spec.datasetVersion());
                PreparedData heldOut = openHeldOut(data)) {
            DeviceMesh mesh = DeviceMesh.of(spec.worldSize(), spec.options().parallel());
            ShardingPlan.check(
                    spec.options().parallel().sharding(),
                    spec.options().parallel().offload(),
                    device);
            StepPlan plan = new StepPlan(data.lengthBuckets(), spec.options().batch(), mesh.numDataRanks());
            if (spec.rank() == 0) {
                output = OutputDirectory.claim(
                        Path.of(spec.outputDir()), spec.options().saving(), new LockWatcher(parent, spec.outputDir()));
                // Before the ranks meet: after that each of them may make its own.
                OffloadDirectory.removeStale(output.path());
            }
            TorchRuntime.start(spec.numThreads());
            CudaPasses.take(device.requireUsable(), spec.options().model().fusedKernels());
            try (GroupFactory factory = meet();
                    MeshGroups groups = MeshGroups.join(mesh, factory.world(), factory::group)) {
                train(data, Optional.ofNullable(heldOut), plan, groups);
            }
        }
    }

    /** Null, as the resource of a try, without evaluation. */
    private PreparedData openHeldOut(PreparedData data) throws IOException {
        HeldOutData wanted = spec.heldOut();
        if (wanted == null) {
            return null;
        }
        PreparedData heldOut = PreparedData.open(Path.of(wanted.dir()), wanted.version());
        try {
            heldOut.requireTokenizerOf(data);
            return heldOut;
        } catch (RuntimeException e) {
            heldOut.close();
            throw e;
        }
    }

    private GroupFactory meet() throws InterruptedException {
        RankStore listening = spec.rank() == 0 ? RankStore.listen(spec.host(), timeout) : null;
        parent.send(new TrainerEvent.Ready(listening == null ? 0 : listening.port()));
        Rendezvous rendezvous = LineProtocol.rendezvous(parent.nextLine("rendezvous", timeout));
        RankStore store =
                listening != null ? listening : RankStore.connect(rendezvous.host(), rendezvous.port(), timeout);
        return GroupFactory.of(store, spec.rank(), spec.worldSize(), spec.host(), device, timeout);
    }

    private void train(PreparedData data, Optional<PreparedData> heldOut, StepPlan plan, MeshGroups groups)
            throws IOException, InterruptedException {
        try (Tensor onDevice = torch.empty(0).to(device.toTorch(), ScalarType.Float)) {
            GlobalSums sums = new GlobalSums(onDevice);
            Path dir = Path.of(spec.outputDir());
            SharedOutput shared = SharedOutput.agree(dir, groups.world(), sums);
            String resume = spec.options().saving().resume();
            Optional<Path> checkpoint = new ResumePoint(dir, resume, groups.world(), sums, this::notice)
                    .find(spec.rank() == 0 ? output.candidates() : List.of());
            TrainerState start = startState(data, plan, groups.mesh(), checkpoint);
            BuiltModel built = BuiltModel.build(spec.options(), data, device, checkpoint, groups);
            try (built;
                    OffloadDirectory offload =
                            OffloadDirectory.of(dir, spec.rank(), spec.options().parallel());
                    Trainer trainer = new Trainer(built.trained(), spec.options(), plan, groups, offload.path())) {
                fill(trainer, checkpoint);
                currentStep = start.step();
                Optional<Evaluation> evaluation = heldOut.map(held -> new Evaluation(
                        built.trained(), held, spec.options().evaluation().maxEvalSamples(), groups));
                try (RankSaving saving = new RankSaving(spec, shared, data, built, trainer.state(), parent::send)) {
                    Optional<String> space = saving.checkSpace(start, sums, groups.world());
                    if (spec.rank() == 0) {
                        space.ifPresent(this::notice);
                        trainAsRankZero(data, evaluation, built, trainer, start, groups.world(), saving);
                    } else {
                        TrainerState end =
                                trainer.run(start, data, evaluation, counting(new RankOutput(saving, parent::send)));
                        saving.finish(groups.world());
                        groups.world().barrier("model written");
                        parent.send(new TrainerEvent.Finished(end.step(), Map.of()));
                    }
                }
            }
        }
    }

    private void fill(Trainer trainer, Optional<Path> checkpoint) throws IOException {
        if (checkpoint.isEmpty()) {
            trainer.state().copyToReplicas();
            return;
        }
        try (PointerScope scope = new PointerScope()) {
            CheckpointReader.restore(checkpoint.get(), trainer.state());
        }
    }

    private void notice(String message) {
        parent.send(new TrainerEvent.Notice(message));
    }

    private void trainAsRankZero(
            PreparedData data,
            Optional<Evaluation> evaluation,
            BuiltModel built,
            Trainer trainer,
            TrainerState start,
            ProcessGroup group,
            RankSaving saving)
            throws IOException, InterruptedException {
        try (RankZeroOutput listener = new RankZeroOutput(spec, output, data, saving, parent::send, start.step())) {
            parent.send(new TrainerEvent.Started(
                    trainer.state().numElements(), start.step(), start.totalSteps(), describe(built)));
            notice(built.attention().describe());
            if (device.kind() == ComputeDevice.Kind.CUDA) {
                notice(CudaPasses.describe(device));
            } else if (built.model().dtype() == ScalarType.Float) {
                notice(WeightProduct.describe());
            }
            notice("Memory comes from %s.".formatted(AllocatorInUse.name()));
            built.adapted()
                    .ifPresent(adapted -> notice(adapted.model().adapters().describe()));
            TrainerState end = trainer.run(start, data, evaluation, counting(listener));
            Map<String, Double> summary = listener.finish(end, saving.finish(group));
            group.barrier("model written");
            output.close();
            parent.send(new TrainerEvent.Finished(end.step(), summary));
        }
    }

    private TrainerState startState(PreparedData data, StepPlan plan, DeviceMesh mesh, Optional<Path> checkpoint)
            throws IOException {
        RunIdentity identity = new RunIdentity(
                data.manifest().contentSha256(),
                spec.options().batch().seed(),
                plan.globalBatch(),
                spec.options().precision());
        TrainerState fresh = TrainerState.start(identity, plan.totalSteps(), spec.worldSize());
        if (checkpoint.isEmpty()) {
            return fresh;
        }
        TrainerState saved = TrainerState.read(checkpoint.get());
        identity.requireSameAs(saved.identity(), spec.options().batch(), mesh.numDataRanks(), checkpoint.get());
        if (spec.rank() == 0) {
            announceResume(saved, plan, checkpoint.get());
        }
        return saved.continuing(plan.totalSteps(), spec.worldSize());
    }

    private void announceResume(TrainerState saved, StepPlan plan, Path checkpoint) throws IOException {
        notice("Resumed from %s: %d of %d steps are done.".formatted(checkpoint, saved.step(), plan.totalSteps()));
        if (saved.totalSteps() != plan.totalSteps()) {
            notice("The run now has %d steps in all instead of %d, so the learning rate differs from the first plan."
                    .formatted(plan.totalSteps(), saved.totalSteps()));
        }
        LearningSettings.read(checkpoint)
                .changes(LearningSettings.of(spec.options()), saved.step())
                .forEach(this::notice);
        if (!spec.options().saving().resume().equals("true")) { // else those beyond are broken, which was told
            output.checkpointsBeyond(saved.step()).ifPresent(this::notice);
        }
    }

    private TrainerListener counting(TrainerListener listener) {
        return new TrainerListener() {
            @Override
            public void stepStarts(RankBatch batch) {
                batches.accept(batch);
            }

            @Override
            public void stepDone(TrainerState state, StepFigures figures) throws IOException, InterruptedException {
                listener.stepDone(state, figures);
                currentStep = state.step();
            }

            @Override
            public void logDue(TrainerState state, StepFigures figures) throws IOException {
                listener.logDue(state, figures);
            }

            @Override
            public void evaluating(TrainerState state, int done, int total) {
                listener.evaluating(state, done, total);
            }

            @Override
            public void evaluated(TrainerState state, EvaluationFigures figures, int numPacks) throws IOException {
                listener.evaluated(state, figures, numPacks);
            }

            @Override
            public void checkpointDue(TrainerState state) throws IOException, InterruptedException {
                listener.checkpointDue(state);
            }
        };
    }

    private String describe(BuiltModel built) {
        return "%s, %d layers of width %d, vocabulary %d; %s, %s, %d rank%s of %d thread%s"
                .formatted(
                        built.config().family().title(),
                        built.config().numHiddenLayers(),
                        built.config().hiddenSize(),
                        built.config().vocabSize(),
                        spec.device(),
                        spec.options().precision().name().toLowerCase(Locale.ROOT),
                        spec.worldSize(),
                        spec.worldSize() == 1 ? "" : "s",
                        spec.numThreads(),
                        spec.numThreads() == 1 ? "" : "s");
    }
}
