package dev.packtrain.pipeline.format;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.source.FileKind;
import dev.packtrain.pipeline.source.RowInput;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Finds out the format of an input from the names of the fields of its first rows and the suffix of its files.
 *
 * <p>A row fits a format if it has the fields that the format cannot do without. {@code src} and {@code tgt} with {@code
 * response} and {@code sort} are a preference and nothing else; a text field counts only in rows that fit no other
 * format, because rows of every format may have one. All first rows that fit a format must fit the same one.
 */
public final class FormatDetector {
    /** So many rows are looked at. */
    static final int MAX_ROWS = 100;

    private static final int MAX_SHOWN = 12;
    private static final String SET_IT = "set dataset_format to one of " + DatasetFormat.keys();

    private final SourceOptions options;
    private final String files;
    private final FileKind kind;

    private FormatDetector(SourceOptions options, List<String> files) {
        this.options = options;
        this.files = files.size() == 1 ? files.get(0) : files.get(0) + " and " + (files.size() - 1) + " more";
        this.kind = FileKind.of(files.get(0));
    }

    /**
     * Looks at the first rows, unless {@code options} name the format.
     *
     * @throws BadInputException if no format fits, or more than one
     */
    public static FormatChoice detect(JavaSparkContext spark, SourceOptions options, RowInput input) {
        if (options.format() != null) {
            return new FormatChoice(
                    options.format(),
                    "dataset_format is %s".formatted(options.format().key()));
        }
        List<RowShape> rows = input.rows(spark).map(RowShape::of).take(MAX_ROWS);
        return of(options, input.fileNames(), rows);
    }

    /** Decides from what was seen of the first rows. */
    static FormatChoice of(SourceOptions options, List<String> files, List<RowShape> rows) {
        return new FormatDetector(options, files).choose(rows);
    }

    private FormatChoice choose(List<RowShape> rows) {
        List<RowShape> objects = rows.stream().filter(RowShape::isObject).toList();
        if (kind == FileKind.TEXT || kind == FileKind.UNKNOWN) {
            if (objects.isEmpty() && kind == FileKind.TEXT) {
                return new FormatChoice(DatasetFormat.TEXT, "%s is a text file, a text a line".formatted(files));
            }
            if (objects.isEmpty() || kind == FileKind.TEXT) {
                throw new BadInputException(
                        "the suffix of %s does not tell the format of its rows, of which %d of the first %d are JSON objects%s; %s"
                                .formatted(files, objects.size(), rows.size(), fields(objects), SET_IT));
            }
        }
        Map<DatasetFormat, Integer> fitting = new EnumMap<>(DatasetFormat.class);
        for (RowShape row : objects) {
            Set<DatasetFormat> formats = formats(Set.copyOf(row.names()));
            if (formats.size() > 1) {
                throw ambiguous(formats, "a row", objects);
            }
            formats.forEach(format -> fitting.merge(format, 1, Integer::sum));
        }
        if (fitting.size() > 1) {
            throw ambiguous(fitting.keySet(), "rows", objects);
        }
        if (fitting.isEmpty()) {
            return withoutFit(rows, objects);
        }
        DatasetFormat format = fitting.keySet().iterator().next();
        return new FormatChoice(
                format,
                "%d of the first %d rows of %s have %s"
                        .formatted(fitting.get(format), rows.size(), files, quoted(shown(format, objects))));
    }

    private FormatChoice withoutFit(List<RowShape> rows, List<RowShape> objects) {
        boolean mapped = !options.srcField().equals(SourceOptions.DEFAULT_SRC_FIELD)
                || !options.tgtField().equals(SourceOptions.DEFAULT_TGT_FIELD);
        if (mapped) {
            return new FormatChoice(DatasetFormat.SRC_TGT, "src_field and tgt_field are set");
        }
        if (objects.isEmpty()) {
            throw new BadInputException(
                    "none of the first %d rows of %s is a JSON object, so they do not show their format; give JSON lines, one object a line, or %s"
                            .formatted(rows.size(), files, SET_IT));
        }
        throw new BadInputException(
                "the first %d rows of %s fit no format%s; %s, or src_field and tgt_field, or text_field, to the names of your fields"
                        .formatted(rows.size(), files, fields(objects), SET_IT));
    }

    private Set<DatasetFormat> formats(Set<String> names) {
        Set<DatasetFormat> formats = EnumSet.noneOf(DatasetFormat.class);
        boolean pair = names.contains(options.srcField()) && names.contains(options.tgtField());
        boolean sorted = names.contains(SortedAnswers.RESPONSE) && names.contains(SortedAnswers.SORT);
        if ((sorted && names.contains(options.srcField()))
                || names.containsAll(List.of(ChosenAnswers.CHOSEN, ChosenAnswers.REJECTED))) {
            formats.add(DatasetFormat.PREFERENCE);
        }
        if (pair && !sorted) {
            formats.add(DatasetFormat.SRC_TGT);
        }
        if (names.contains(ShareGptFormat.FIELD)) {
            formats.add(DatasetFormat.SHAREGPT);
        }
        if (names.contains(MessagesFormat.FIELD)) {
            formats.add(DatasetFormat.MESSAGES);
        }
        if (names.containsAll(List.of(AlpacaFormat.INSTRUCTION, AlpacaFormat.OUTPUT))) {
            formats.add(DatasetFormat.ALPACA);
        }
        if (formats.isEmpty() && names.contains(options.textField())) {
            formats.add(DatasetFormat.TEXT);
        }
        return formats;
    }

    /** The fields that told the format, as the first row that has them shows them. */
    private List<String> shown(DatasetFormat format, List<RowShape> objects) {
        List<String> telling =
                switch (format) {
                    case SRC_TGT -> List.of(options.srcField(), options.tgtField());
                    case SHAREGPT -> List.of(ShareGptFormat.FIELD);
                    case MESSAGES -> List.of(MessagesFormat.FIELD);
                    case ALPACA -> List.of(AlpacaFormat.INSTRUCTION, AlpacaFormat.INPUT, AlpacaFormat.OUTPUT);
                    case PREFERENCE ->
                        List.of(
                                SortedAnswers.RESPONSE,
                                SortedAnswers.SORT,
                                ChosenAnswers.CHOSEN,
                                ChosenAnswers.REJECTED);
                    case TEXT -> List.of(options.textField());
                };
        Set<String> seen = names(objects);
        return telling.stream().filter(seen::contains).toList();
    }

    private BadInputException ambiguous(Collection<DatasetFormat> formats, String what, List<RowShape> objects) {
        return new BadInputException("among the first rows of %s %s fit%s %s%s; set dataset_format to the one you mean"
                .formatted(
                        files,
                        what,
                        what.equals("rows") ? "" : "s",
                        formats.stream().map(DatasetFormat::key).collect(Collectors.joining(" and ")),
                        fields(objects)));
    }

    private static String fields(List<RowShape> objects) {
        Set<String> names = names(objects);
        return names.isEmpty()
                ? ""
                : " (fields %s%s)"
                        .formatted(
                                quoted(names.stream().limit(MAX_SHOWN).toList()),
                                names.size() > MAX_SHOWN ? " and " + (names.size() - MAX_SHOWN) + " more" : "");
    }

    private static Set<String> names(List<RowShape> objects) {
        Set<String> names = new LinkedHashSet<>();
        objects.forEach(row -> names.addAll(row.names()));
        return names;
    }

    private static String quoted(List<String> names) {
        List<String> quoted = new ArrayList<>();
        names.forEach(name -> quoted.add('"' + name + '"'));
        return String.join(", ", quoted);
    }
}
