package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.PeftOptions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The methods that there are. */
public final class PeftMethods {
    private static final List<PeftMethod> ALL = List.of(
            new Lora(),
            new Vera(),
            new Ia3(),
            new Lokr(),
            new Loha(),
            new BitFit(),
            new AdaLora(),
            new PrefixTuning(),
            new PromptTuning(),
            new PTuning(),
            new Reft(),
            new BottleneckAdapters());

    private PeftMethods() {}

    /** All of them. */
    public static List<PeftMethod> all() {
        return ALL;
    }

    /** Whether a method needs attention kernels that know any mask. */
    public static boolean needsAnyMask(String name) {
        return named(name).needsAnyMask();
    }

    /** The method of a run, with its settings. */
    static Adaptation configure(PeftOptions options) {
        return named(options.method()).configure(new PeftSettings(options.settings()));
    }

    /** The one of a name. */
    static PeftMethod named(String name) {
        return ALL.stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no method " + name));
    }

    /** The one that PEFT calls so. */
    static PeftMethod ofPeftType(String peftType, Object where) {
        Optional<PeftMethod> found =
                ALL.stream().filter(each -> each.reads(peftType)).findFirst();
        return found.orElseThrow(() -> new BadInputException("%s is an adapter of type %s; wanted one of %s."
                .formatted(
                        where,
                        peftType.isEmpty() ? "unknown" : peftType,
                        ALL.stream().map(PeftMethod::peftType).collect(Collectors.joining(", ")))));
    }
}
