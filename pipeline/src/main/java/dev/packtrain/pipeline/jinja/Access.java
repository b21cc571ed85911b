package dev.packtrain.pipeline.jinja;

import java.util.ArrayList;
import java.util.List;

/** Attributes, items, slices and iteration, as Python and Jinja's sandbox have them. */
final class Access {
    private Access() {}

    static void refuseUndefined(Value value) {
        if (value instanceof Undefined undefined) {
            throw new RenderException(undefined.hint());
        }
    }

    static Value attribute(Value object, Str name) {
        if (object instanceof Dict dict) {
            if (Methods.isDictMethod(name.text())) {
                return (Callable) (execution, arguments) -> Methods.call(execution, object, name, arguments);
            }
            Value value = dict.entries().get(name);
            return value != null ? value : missing(object, name.text());
        }
        if (object instanceof Namespace namespace) {
            return namespace.get(name.text());
        }
        if (object instanceof Loop loop) {
            return loop.get(name.text());
        }
        refuseUndefined(object);
        return missing(object, name.text());
    }

    private static Value missing(Value object, String name) {
        String owner = object == None.NONE ? "'None'" : "'%s object'".formatted(object.typeName());
        return new Undefined("%s has no attribute '%s'".formatted(owner, name));
    }

    static Value item(Value object, Value key) {
        if (object instanceof Dict dict) {
            Value value = isHashable(key) ? dict.entries().get(key) : null;
            if (value != null) {
                return value;
            }
            return key instanceof Str str && Methods.isDictMethod(str.text())
                    ? attribute(object, str)
                    : missing(object, Printer.text(key));
        }
        if (object instanceof Seq seq && Arithmetic.isWhole(key)) {
            List<Value> items = seq.items();
            long index = Arithmetic.whole(key);
            long place = index < 0 ? index + items.size() : index;
            return place >= 0 && place < items.size() ? items.get((int) place) : missing(object, Long.toString(index));
        }
        if (object instanceof Str str && Arithmetic.isWhole(key)) {
            Str character = TextMethods.charAt(str, Arithmetic.whole(key));
            return character != null ? character : missing(object, Printer.text(key));
        }
        refuseUndefined(object);
        return key instanceof Str str ? attribute(object, str) : missing(object, Printer.text(key));
    }

    static boolean isHashable(Value value) {
        return !(value instanceof Dict || (value instanceof Seq seq && !seq.isTuple()));
    }

    static Value hashable(Value value) {
        if (!isHashable(value)) {
            throw new RenderException("unhashable type: '%s'".formatted(value.typeName()));
        }
        return value;
    }

    /** What a loop over a value visits. */
    static List<Value> items(Value value) {
        if (value instanceof Seq seq) {
            return seq.items();
        }
        if (value instanceof Dict dict) {
            return new ArrayList<>(dict.entries().keySet());
        }
        if (value instanceof Str str) {
            return TextMethods.characters(str);
        }
        if (value instanceof Undefined) {
            return List.of();
        }
        throw new RenderException("'%s' object is not iterable".formatted(value.typeName()));
    }

    static Value slice(Value object, Value start, Value stop, Value step) {
        refuseUndefined(object);
        if (!(object instanceof Seq || object instanceof Str)) {
            return missing(object, "a slice");
        }
        long by = bound(step, 1);
        if (by == 0) {
            throw new RenderException("slice step cannot be zero");
        }
        boolean isText = object instanceof Str;
        if (isText && by == 1) {
            return TextMethods.slice((Str) object, bound(start, 0), bound(stop, Long.MAX_VALUE));
        }
        List<Value> all = items(object);
        by = Math.max(-all.size() - 1L, Math.min(all.size() + 1L, by));
        long low = by > 0 ? 0 : -1;
        long high = by > 0 ? all.size() : all.size() - 1L;
        long from = start == None.NONE ? (by > 0 ? low : high) : clamp(bound(start, 0), all.size(), low, high);
        long to = stop == None.NONE ? (by > 0 ? high : low) : clamp(bound(stop, 0), all.size(), low, high);
        List<Value> picked = new ArrayList<>();
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            picked.add(all.get((int) i));
        }
        return isText ? TextMethods.concatenate(picked) : new Seq(picked, ((Seq) object).isTuple());
    }

    private static long clamp(long index, long size, long low, long high) {
        long place = index < 0 ? index + size : index;
        return Math.max(low, Math.min(high, place));
    }

    private static long bound(Value bound, long otherwise) {
        if (bound == None.NONE) {
            return otherwise;
        }
        if (Arithmetic.isWhole(bound)) {
            return Arithmetic.whole(bound);
        }
        refuseUndefined(bound);
        throw new RenderException("slice indices must be integers or None, not %s".formatted(bound.typeName()));
    }
}
