package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import java.io.Serializable;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * Writes rows of a table as JSON objects: structs are objects, lists are lists, a null in a struct is no field. Strings
 * keep their bytes. Dates and times become ISO 8601 strings; binary becomes an object with its size, which is no text to
 * any format.
 */
final class TableRowWriter implements Serializable {
    private static final long MICROS = 1_000_000;

    private final Value[] values;
    private final byte[][] names;

    /** Writes the value at a place of a row, struct or list; it is not null. */
    private interface Value extends Serializable {
        void write(JsonBytes json, SpecializedGetters from, int at);
    }

    /**
     * For rows of this type.
     *
     * @param path where the type is, for messages: empty, or ends with a dot
     * @throws BadInputException if a column has a type that is no JSON
     */
    TableRowWriter(StructType type, String path) {
        StructField[] fields = type.fields();
        this.values = new Value[fields.length];
        this.names = new byte[fields.length][];
        for (int i = 0; i < fields.length; i++) {
            values[i] = value(fields[i].dataType(), path + fields[i].name());
            JsonBytes name = new JsonBytes();
            name.string(fields[i].name());
            name.put(':');
            names[i] = name.toByteArray();
        }
    }

    /** Writes the row, or the first of its fields if it has more. */
    void write(JsonBytes json, InternalRow row) {
        json.put('{');
        boolean first = true;
        for (int i = 0; i < values.length; i++) {
            if (!row.isNullAt(i)) {
                if (!first) {
                    json.put(',');
                }
                first = false;
                json.put(names[i]);
                values[i].write(json, row, i);
            }
        }
        json.put('}');
    }

    private static Value value(DataType type, String path) {
        if (type instanceof StringType) {
            return (json, from, at) -> {
                byte[] utf8 = from.getUTF8String(at).getBytes();
                json.string(utf8, 0, utf8.length);
            };
        }
        if (type instanceof StructType struct) {
            TableRowWriter writer = new TableRowWriter(struct, path + ".");
            int numFields = struct.fields().length;
            return (json, from, at) -> writer.write(json, from.getStruct(at, numFields));
        }
        if (type instanceof ArrayType array) {
            Value item = value(array.elementType(), path + "[]");
            return (json, from, at) -> list(json, from.getArray(at), item);
        }
        if (type instanceof MapType map) {
            return map(map, path);
        }
        Value number = number(type);
        Value value = number == null ? other(type) : number;
        if (value == null) {
            throw new BadInputException(
                    "column \"%s\" of the table is of type %s, which JSON does not have; select the columns that count and give them as a data frame"
                            .formatted(path, type.simpleString()));
        }
        return value;
    }

    private static Value number(DataType type) {
        if (type instanceof BooleanType) {
            return (json, from, at) -> json.put(Boolean.toString(from.getBoolean(at)));
        }
        if (type instanceof ByteType) {
            return (json, from, at) -> json.put(Byte.toString(from.getByte(at)));
        }
        if (type instanceof ShortType) {
            return (json, from, at) -> json.put(Short.toString(from.getShort(at)));
        }
        if (type instanceof IntegerType) {
            return (json, from, at) -> json.put(Integer.toString(from.getInt(at)));
        }
        if (type instanceof LongType) {
            return (json, from, at) -> json.put(Long.toString(from.getLong(at)));
        }
        if (type instanceof FloatType) {
            return (json, from, at) -> floating(json, from.getFloat(at), Float.toString(from.getFloat(at)));
        }
        if (type instanceof DoubleType) {
            return (json, from, at) -> floating(json, from.getDouble(at), Double.toString(from.getDouble(at)));
        }
        if (type instanceof DecimalType decimal) {
            return (json, from, at) -> json.put(from.getDecimal(at, decimal.precision(), decimal.scale())
                    .toJavaBigDecimal()
                    .toString());
        }
        return null;
    }

    private static Value other(DataType type) {
        if (type instanceof DateType) {
            return (json, from, at) ->
                    json.string(LocalDate.ofEpochDay(from.getInt(at)).toString());
        }
        if (type instanceof TimestampType) {
            return (json, from, at) -> json.string(instant(from.getLong(at)).toString());
        }
        if (type instanceof TimestampNTZType) {
            return (json, from, at) -> json.string(LocalDateTime.ofInstant(instant(from.getLong(at)), ZoneOffset.UTC)
                    .toString());
        }
        if (type instanceof BinaryType) {
            return (json, from, at) -> json.put("{\"bytes\":" + from.getBinary(at).length + "}");
        }
        if (type instanceof NullType) {
            return (json, from, at) -> json.put("null");
        }
        return null;
    }

    private static Instant instant(long micros) {
        return Instant.ofEpochSecond(Math.floorDiv(micros, MICROS))
                .plus(Math.floorMod(micros, MICROS), ChronoUnit.MICROS);
    }

    /** JSON has no infinity and no NaN: as strings they are at least seen. */
    private static void floating(JsonBytes json, double number, String text) {
        if (Double.isFinite(number)) {
            json.put(text);
        } else {
            json.string(text);
        }
    }

    private static void list(JsonBytes json, ArrayData items, Value item) {
        json.put('[');
        for (int i = 0; i < items.numElements(); i++) {
            if (i > 0) {
                json.put(',');
            }
            if (items.isNullAt(i)) {
                json.put("null");
            } else {
                item.write(json, items, i);
            }
        }
        json.put(']');
    }

    /** A map with strings as keys is an object; any other a list of objects of {@code key} and {@code value}. */
    private static Value map(MapType type, String path) {
        Value key = value(type.keyType(), path + ".key");
        Value value = value(type.valueType(), path + ".value");
        boolean isObject = type.keyType() instanceof StringType;
        return (json, from, at) -> {
            MapData map = from.getMap(at);
            json.put(isObject ? '{' : '[');
            for (int i = 0; i < map.numElements(); i++) {
                json.put(i > 0 ? "," : "");
                json.put(isObject ? "" : "{\"key\":");
                key.write(json, map.keyArray(), i);
                json.put(isObject ? ":" : ",\"value\":");
                if (map.valueArray().isNullAt(i)) {
                    json.put("null");
                } else {
                    value.write(json, map.valueArray(), i);
                }
                json.put(isObject ? "" : "}");
            }
            json.put(isObject ? '}' : ']');
        };
    }
}
