package dev.packtrain.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.LocalSpark;
import dev.packtrain.pipeline.SourceOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that Spark wrote, as numbered JSON rows. */
class TableRowsTest {
    private static final int NUM_ROWS = 700;
    private static final String MESSAGES = "messages array<struct<role:string,content:string,weight:int>>, id long";

    private static SparkSession session;
    private static JavaSparkContext spark;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        session = LocalSpark.start("local[3]");
        spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    }

    @AfterAll
    static void stop() {
        session.stop();
    }

    private static String json(int i) {
        String row =
                "{'messages':[{'role':'user','content':'%s?'},{'role':'assistant','content':'%s\\n衣','weight':%d}],'id':%d}";
        return row.replace('\'', '"').formatted("q".repeat(i % 50), "a".repeat(i % 70), i % 2, i);
    }

    private static Dataset<Row> table() {
        List<String> rows =
                IntStream.range(0, NUM_ROWS).mapToObj(TableRowsTest::json).toList();
        return session.read().schema(MESSAGES).json(session.createDataset(rows, Encoders.STRING()));
    }

    private static List<String> text(JavaRDD<RowReader.Row> rows) {
        return rows.collect().stream()
                .sorted(Comparator.comparing(row -> row.location().index()))
                .map(row -> new String(row.bytes(), StandardCharsets.UTF_8))
                .toList();
    }

    private static List<RowLocation> locations(JavaRDD<RowReader.Row> rows) {
        return rows.collect().stream().map(RowReader.Row::location).toList();
    }

    private RowInput open(String path) throws IOException {
        return RowInput.open(spark, SourceOptions.of(path), (done, total) -> {});
    }

    private TableRows open(Path path, FileKind kind, long splitBytes) throws IOException {
        return TableRows.ofFiles(
                InputFiles.find(path.toString(), spark.hadoopConfiguration()),
                kind,
                SourceOptions.of(path.toString()),
                splitBytes,
                (done, total) -> {});
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "orc"})
    void rowsKeepTheirShapeAndTheirNumbersHoweverSparkCutsTheFiles(String format) throws IOException {
        Path data = folder.resolve("data [1]");
        table().repartitionByRange(3, functions.col("id"))
                .sortWithinPartitions("id")
                .write()
                .option("parquet.block.size", 4096)
                .option("parquet.page.size", 1024)
                .option("orc.stripe.size", 4096)
                .format(format)
                .save(data.toString());
        FileKind kind = FileKind.of("x." + format);
        List<String> expected =
                IntStream.range(0, NUM_ROWS).mapToObj(TableRowsTest::json).toList();
        TableRows whole = open(data, kind, 32 << 20);
        assertThat(whole.numRows()).isEqualTo(NUM_ROWS);
        assertThat(text(whole.rows(spark))).isEqualTo(expected);
        List<RowLocation> places = locations(whole.groups(spark, GroupBounds.ofRows(200)));
        assertThat(places.stream().map(RowLocation::index))
                .containsExactlyElementsOf(
                        IntStream.range(0, NUM_ROWS).mapToObj(Long::valueOf).toList());
        assertThat(places.get(0)).isEqualTo(new RowLocation(0, whole.fileNames().get(0), 1));
        assertThat(places.get(NUM_ROWS - 1).file()).isEqualTo(whole.fileNames().get(2));
        for (long splitBytes : new long[] {500, 3000}) {
            TableRows cut = open(data, kind, splitBytes);
            assertThat(cut.rows(spark).getNumPartitions())
                    .isGreaterThan(whole.rows(spark).getNumPartitions());
            assertThat(text(cut.rows(spark))).isEqualTo(expected);
            assertThat(locations(cut.groups(spark, GroupBounds.ofRows(200)))).isEqualTo(places);
        }
        session.conf().set("spark.sql.files.maxPartitionBytes", 700);
        try {
            assertThat(open(data.toString()).rows(spark).getNumPartitions())
                    .isEqualTo(whole.rows(spark).getNumPartitions());
        } finally {
            session.conf().unset("spark.sql.files.maxPartitionBytes");
        }
    }

    @Test
    void aTableOfTheCatalogAndADataFrameAreInputsToo() throws IOException {
        session.sql(
                "create table if not exists rows_of_a_test using parquet location '%s' as select 'a' as src, 'b' as tgt"
                        .formatted(folder.resolve("table")));
        RowInput table = open("table:default.rows_of_a_test");
        assertThat(text(table.rows(spark))).containsExactly("{\"src\":\"a\",\"tgt\":\"b\"}");
        assertThat(locations(table.rows(spark))).containsExactly(new RowLocation(0, "table:default.rows_of_a_test", 1));
        session.sql("drop table rows_of_a_test");
        assertThatThrownBy(() -> open("table:default.rows_of_a_test"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("the catalog does not give that table ([TABLE_OR_VIEW_NOT_FOUND]");
        assertThatThrownBy(() -> open("table:two words"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("the catalog does not give that table ([PARSE_SYNTAX_ERROR]");
        table().createOrReplaceTempView("view_of_a_test");
        assertThat(open("table:view_of_a_test").numRows()).isEqualTo(NUM_ROWS);

        Dataset<Row> joined = table().join(table().select("id"), "id")
                .select("messages", "id")
                .orderBy("id");
        RowInput frame = RowInput.of(joined, SourceOptions.of("dataframe:joined"), (done, total) -> {});
        assertThat(text(frame.groups(spark, GroupBounds.ofRows(64))))
                .isEqualTo(IntStream.range(0, NUM_ROWS)
                        .mapToObj(TableRowsTest::json)
                        .toList());
        assertThat(frame.fileNames()).containsExactly("dataframe:joined");
        assertThatThrownBy(() -> RowInput.of(
                        session.sql("select 1 as x where false"),
                        SourceOptions.of("dataframe:none"),
                        (done, total) -> {}))
                .hasMessageContaining("dataframe:none has no rows");
    }

    @Test
    void aDataFrameThatGrowsBetweenCountingAndReadingFails() throws IOException {
        String sign = folder.resolve("sign").toString();
        // One partition: of two, either may be the first to fail, each with a sentence of its own.
        Dataset<Row> grows = session.range(0, 4, 1, 1)
                .filter((FilterFunction<Long>) id -> id == 0 || Files.exists(Path.of(sign)))
                .toDF();
        RowInput input = RowInput.of(grows, SourceOptions.of("dataframe:grows"), (done, total) -> {});
        assertThat(input.numRows()).isEqualTo(1);
        assertThat(input.rows(spark).count()).isEqualTo(1);
        Files.writeString(Path.of(sign), "");
        assertThatThrownBy(() -> input.rows(spark).count())
                .hasMessageContaining("dataframe:grows changed while it was read: it has more rows than the 1");
    }

    @Test
    void valuesOfEveryTypeHaveTheirJson() {
        Dataset<Row> table = session.sql(
                "select 'a\"\\u0001' as s, cast(1 as byte) as b, 2S as h, 3 as i, 4L as l, cast(1.5 as float) as f,"
                        + " 2.5D as d, cast('NaN' as double) as nan, 1.20BD as dec, true as t, date'2026-01-02' as day,"
                        + " timestamp'2026-01-02 03:04:05.6 UTC' as ts, timestamp_ntz'2026-01-02 03:04:05' as ntz, X'0102' as bin,"
                        + " map('k', 1, 'n', null) as m, map(1, 'v') as mi, array(1, null) as arr, struct(null as x, 'y' as y) as st, null as nothing");
        RowInput input = RowInput.of(table, SourceOptions.of("dataframe:types"), (done, total) -> {});
        assertThat(text(input.rows(spark)))
                .containsExactly(
                        "{\"s\":\"a\\\"\\u0001\",\"b\":1,\"h\":2,\"i\":3,\"l\":4,\"f\":1.5,\"d\":2.5,\"nan\":\"NaN\","
                                + "\"dec\":1.20,\"t\":true,\"day\":\"2026-01-02\",\"ts\":\"2026-01-02T03:04:05.600Z\","
                                + "\"ntz\":\"2026-01-02T03:04:05\",\"bin\":{\"bytes\":2},\"m\":{\"k\":1,\"n\":null},"
                                + "\"mi\":[{\"key\":1,\"value\":\"v\"}],\"arr\":[1,null],\"st\":{\"y\":\"y\"}}");
        assertThatThrownBy(() -> RowInput.of(
                        session.sql("select array(interval '1' year) as span"),
                        SourceOptions.of("dataframe:x"),
                        (done, total) -> {}))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("column \"span[]\"");
    }

    @Test
    void bytesThatAreNoTextReachTheParserAndALongRowIsCut() {
        Dataset<Row> table = session.sql("select cast(X'61FF' as string) as src, repeat('x', 5000000) as tgt");
        SourceOptions options = new SourceOptions("dataframe:x", "src", "tgt", 100, 1);
        RowReader.Row row =
                RowInput.of(table, options, (done, total) -> {}).rows(spark).first();
        assertThat(row.bytes()).hasSize(100).contains((byte) 0xFF);
        assertThat(row.length()).isGreaterThan(5_000_000);
    }

    @Test
    void parquetFilesOfDifferentColumnsGiveAllOfThem() throws IOException {
        List<Path> parts = new ArrayList<>();
        session.sql("select 'c' as src, 'd' as tgt, 'e' as more")
                .write()
                .parquet(folder.resolve("more").toString());
        session.sql("select 'a' as src, 'b' as tgt")
                .write()
                .parquet(folder.resolve("less").toString());
        Path both = Files.createDirectories(folder.resolve("both"));
        for (String name : List.of("less", "more")) {
            try (var files = Files.list(folder.resolve(name))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".parquet"))
                        .toList()) {
                    parts.add(Files.copy(file, both.resolve(name + ".parquet")));
                }
            }
        }
        assertThat(parts).hasSize(2);
        assertThat(text(open(both.toString()).rows(spark)))
                .containsExactly("{\"src\":\"a\",\"tgt\":\"b\"}", "{\"src\":\"c\",\"tgt\":\"d\",\"more\":\"e\"}");
        Files.writeString(both.resolve("zz.parquet"), "no Parquet");
        assertThatThrownBy(() -> open(both.toString()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("cannot be read as PARQUET")
                .hasMessageContaining("is not a Parquet file");
    }

    @Test
    void csvThatSparkWroteIsReadAsItWas() throws IOException {
        Path data = folder.resolve("csv");
        Dataset<Row> table = session.createDataset(List.of("a,b", "\"c\"\nd", "e\\", "衣"), Encoders.STRING())
                .toDF("src")
                .withColumn("tgt", functions.concat(functions.col("src"), functions.lit("!")));
        table.coalesce(1)
                .write()
                .option("header", "true")
                .option("escape", "\"")
                .option("compression", "gzip")
                .csv(data.toString());
        RowInput input = open(data.toString());
        assertThat(input.numRows()).isEqualTo(4);
        assertThat(text(input.groups(spark, GroupBounds.ofRows(3))))
                .containsExactly(
                        "{\"src\":\"a,b\",\"tgt\":\"a,b!\"}",
                        "{\"src\":\"\\\"c\\\"\\nd\",\"tgt\":\"\\\"c\\\"\\nd!\"}",
                        "{\"src\":\"e\\\\\",\"tgt\":\"e\\\\!\"}",
                        "{\"src\":\"衣\",\"tgt\":\"衣!\"}");
        Path bad = Files.writeString(folder.resolve("bad.csv"), "a,a\n1,2\n");
        assertThatThrownBy(() -> open(bad.toString()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("names column 2 \"a\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "bzip2"})
    void compressedLinesAreReadByTheirCodec(String codec) throws IOException {
        Path data = folder.resolve("lines");
        table().coalesce(1).write().option("compression", codec).json(data.toString());
        assertThat(text(open(data.toString()).rows(spark)))
                .isEqualTo(IntStream.range(0, NUM_ROWS)
                        .mapToObj(TableRowsTest::json)
                        .toList());
    }
}
