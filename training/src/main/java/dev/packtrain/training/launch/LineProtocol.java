package dev.packtrain.training.launch;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.packtrain.packing.BadInputException;

/**
 * Messages as lines and back: one JSON object a line, without a line break inside.
 *
 * <p>Reading is strict, because both ends are of one version: a missing, unknown, repeated or wrongly typed field is an
 * error, never a default. NaN and infinities travel as the strings {@code "NaN"}, {@code "Infinity"},
 * {@code "-Infinity"}. Thread safe.
 */
public final class LineProtocol {
    private static final int MAX_SHOWN = 200;
    private static final ObjectMapper MAPPER = mapper();

    private LineProtocol() {}

    /** First line that a parent writes, without its terminator. */
    public static String encode(LaunchSpec spec) {
        return write(spec);
    }

    /** Second line that a parent writes, without its terminator. */
    public static String encode(Rendezvous rendezvous) {
        return write(rendezvous);
    }

    /** A line that a child writes, without its terminator. */
    public static String encode(TrainerEvent event) {
        return write(event);
    }

    private static String write(Object message) {
        try {
            return MAPPER.writeValueAsString(message);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + message.getClass().getSimpleName() + " as JSON", e);
        }
    }

    /** First line that a child reads. */
    public static LaunchSpec launchSpec(String line) {
        return decode(line, LaunchSpec.class);
    }

    /** Second line that a child reads. */
    public static Rendezvous rendezvous(String line) {
        return decode(line, Rendezvous.class);
    }

    /** A line that a parent reads. */
    public static TrainerEvent event(String line) {
        return decode(line, TrainerEvent.class);
    }

    private static <T> T decode(String line, Class<T> type) {
        try {
            T message = MAPPER.readValue(line, type);
            if (message == null) {
                throw new BadInputException("got null where a " + type.getSimpleName() + " was wanted.");
            }
            return message;
        } catch (JsonProcessingException e) {
            String shown = line.length() <= MAX_SHOWN ? line : line.substring(0, MAX_SHOWN) + "…";
            throw new BadInputException(
                    "a line is not a %s: %s (got: %s); both ends have to be of the same version of Packtrain."
                            .formatted(type.getSimpleName(), e.getOriginalMessage(), shown),
                    e);
        }
    }

    private static ObjectMapper mapper() {
        JsonMapper mapper = JsonMapper.builder()
                .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .build();
        // A recipe travels inside the spec as one string.
        mapper.getFactory()
                .setStreamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(64 * 1024 * 1024)
                        .build());
        return mapper;
    }
}
