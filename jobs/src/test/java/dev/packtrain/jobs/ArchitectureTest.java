package dev.packtrain.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.packtrain.training.TrainerMain;

/** The arrows of {@code docs/architecture.md}. Only this module sees all the others. */
@AnalyzeClasses(packages = "dev.packtrain", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String PACKING = "dev.packtrain.packing..";
    private static final String KERNELS = "dev.packtrain.kernels..";
    private static final String PIPELINE = "dev.packtrain.pipeline..";
    private static final String TRAINING = "dev.packtrain.training..";
    private static final String JOBS = "dev.packtrain.jobs..";

    @ArchTest
    static final ArchRule packingUsesNothingOfOurs = noClasses()
            .that()
            .resideInAPackage(PACKING)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(KERNELS, PIPELINE, TRAINING, JOBS, "org.apache.spark..", "org.bytedeco..");

    @ArchTest
    static final ArchRule kernelsUseNothingOfOurs = noClasses()
            .that()
            .resideInAPackage(KERNELS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(PACKING, PIPELINE, TRAINING, JOBS, "org.apache.spark..");

    @ArchTest
    static final ArchRule thePipelineNeverSeesLibtorch = noClasses()
            .that()
            .resideInAPackage(PIPELINE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(KERNELS, TRAINING, JOBS, "org.bytedeco..");

    @ArchTest
    static final ArchRule trainingNeverSeesSpark = noClasses()
            .that()
            .resideInAPackage(TRAINING)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(PIPELINE, JOBS, "org.apache.spark..", "org.apache.hadoop..", "scala..");

    @ArchTest
    static final ArchRule aModelKnowsNothingOfHowItIsTrained = noClasses()
            .that()
            .resideInAPackage("dev.packtrain.training.model..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.packtrain.training.collectives..",
                    "dev.packtrain.training.optim..",
                    "dev.packtrain.training.checkpoint..",
                    "dev.packtrain.training.data..",
                    "dev.packtrain.training.mesh..",
                    "dev.packtrain.training.launch..");

    @ArchTest
    static final ArchRule packagesOfPipelineHaveNoCycles =
            slices().matching("dev.packtrain.pipeline.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule packagesOfTrainingHaveNoCycles =
            slices().matching("dev.packtrain.training.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule packagesOfJobsHaveNoCycles =
            slices().matching("dev.packtrain.jobs.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule aClassIsNamedAfterWhatItDoes = noClasses()
            .should()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Helpers");

    @ArchTest
    static final ArchRule onlyTheProgramEndsTheProcess = noClasses()
            .that()
            .doNotBelongToAnyOf(Packtrain.class, TrainerMain.class)
            .should()
            .callMethod(System.class, "exit", int.class);

    @ArchTest
    static final ArchRule onlyATrainingProcessIsHalted = noClasses()
            .that()
            .resideOutsideOfPackage("dev.packtrain.training")
            .should()
            .callMethod(Runtime.class, "halt", int.class);

    @ArchTest
    static final ArchRule recipesAreTheOnlySettings = noClasses()
            .that()
            .resideOutsideOfPackage("dev.packtrain.jobs.doctor..")
            .should()
            .callMethod(System.class, "getenv", String.class)
            .orShould()
            .callMethod(System.class, "getenv");
}
