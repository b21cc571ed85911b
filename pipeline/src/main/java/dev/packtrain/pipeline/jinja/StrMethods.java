package dev.packtrain.pipeline.jinja;

import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/** The methods of Python's strings. */
final class StrMethods {
    private static final Set<String> NAMES = Set.of(
            "strip",
            "lstrip",
            "rstrip",
            "split",
            "rsplit",
            "splitlines",
            "startswith",
            "endswith",
            "replace",
            "upper",
            "lower",
            "title",
            "capitalize",
            "find",
            "rfind",
            "index",
            "count",
            "join",
            "removeprefix",
            "removesuffix",
            "isdigit",
            "isalpha",
            "isspace",
            "isupper",
            "islower",
            "partition",
            "rpartition");

    private StrMethods() {}

    static boolean isKnown(String name) {
        return NAMES.contains(name);
    }

    static Value call(Str text, String name, Arguments arguments) {
        if (text.isSafe()) {
            throw new RenderException("the method '%s' of text marked 'safe' is not supported".formatted(name));
        }
        return switch (name) {
            case "strip" -> strip(text, name, arguments, true, true);
            case "lstrip" -> strip(text, name, arguments, true, false);
            case "rstrip" -> strip(text, name, arguments, false, true);
            case "split", "rsplit" -> split(text, name, arguments);
            case "startswith", "endswith" -> Bool.of(affix(text.text(), name, arguments));
            case "replace" ->
                TextMethods.replace(
                        text,
                        str(name, arguments.check(name, "old", "new", "count").require(name, 0, "old")),
                        str(name, arguments.require(name, 1, "new")),
                        whole(name, arguments.get(2, "count", new Int(-1))));
            case "find", "rfind", "index", "count" -> search(text.text(), name, arguments);
            case "join" -> Filters.join(Access.items(one(name, arguments)), text, true);
            case "removeprefix", "removesuffix" ->
                without(text, name, str(name, one(name, arguments)).text());
            case "partition", "rpartition" -> partition(text, name, str(name, one(name, arguments)));
            default -> plain(text, name, arguments.check(name));
        };
    }

    private static Value plain(Str text, String name, Arguments none) {
        assert none.size() == 0;
        return switch (name) {
            case "upper" -> LetterCase.upper(text);
            case "lower" -> LetterCase.lower(text);
            case "title" -> LetterCase.titled(text);
            case "capitalize" -> LetterCase.capitalize(text);
            case "splitlines" -> Seq.list(List.copyOf(TextMethods.lines(text)));
            case "isdigit" -> all(text, Character::isDigit);
            case "isalpha" -> all(text, Character::isLetter);
            case "isspace" -> all(text, c -> c <= Character.MAX_VALUE && WhiteSpace.isSpace((char) c));
            case "isupper" -> Bool.of(isCased(text, Character::isUpperCase, Character::isLowerCase));
            case "islower" -> Bool.of(isCased(text, Character::isLowerCase, Character::isUpperCase));
            default -> throw new RenderException("'str object' has no attribute '%s'".formatted(name));
        };
    }

    static boolean isCased(Str text, IntPredicate wanted, IntPredicate unwanted) {
        return text.text().codePoints().anyMatch(wanted)
                && text.text().codePoints().noneMatch(c -> unwanted.test(c) || Character.isTitleCase(c));
    }

    private static Bool all(Str text, IntPredicate wanted) {
        return Bool.of(text.isTrue() && text.text().codePoints().allMatch(wanted));
    }

    private static Value one(String name, Arguments arguments) {
        return arguments.check(name, "argument").require(name, 0, "argument");
    }

    private static Str str(String name, Value value) {
        if (value instanceof Str str) {
            return str;
        }
        Access.refuseUndefined(value);
        throw new RenderException("%s() wants a string, not '%s'".formatted(name, value.typeName()));
    }

    private static long whole(String name, Value value) {
        if (Arithmetic.isWhole(value)) {
            return Arithmetic.whole(value);
        }
        Access.refuseUndefined(value);
        throw new RenderException("%s() wants a whole number, not '%s'".formatted(name, value.typeName()));
    }

    private static Str strip(Str text, String name, Arguments arguments, boolean atStart, boolean atEnd) {
        Value characters = arguments.check(name, "chars").get(0, "chars", None.NONE);
        String set = characters == None.NONE ? null : str(name, characters).text();
        return TextMethods.strip(text, set, atStart, atEnd);
    }

    private static Value split(Str text, String name, Arguments arguments) {
        Value separator = arguments.check(name, "sep", "maxsplit").get(0, "sep", None.NONE);
        long most = whole(name, arguments.get(1, "maxsplit", new Int(-1)));
        if (separator == None.NONE) {
            if (name.equals("rsplit") && most >= 0) {
                throw new RenderException("rsplit() at white space with a bound is not supported");
            }
            return Seq.list(TextMethods.splitAtSpace(text, most));
        }
        String at = str(name, separator).text();
        if (at.isEmpty()) {
            throw new RenderException("empty separator");
        }
        return Seq.list(
                name.equals("split") ? TextMethods.split(text, at, most) : TextMethods.splitFromEnd(text, at, most));
    }

    private static boolean affix(String text, String name, Arguments arguments) {
        Value affixes = one(name, arguments);
        boolean isTuple = affixes instanceof Seq seq && seq.isTuple();
        for (Value affix : isTuple ? ((Seq) affixes).items() : List.of(affixes)) {
            String wanted = str(name, affix).text();
            if (name.equals("startswith") ? text.startsWith(wanted) : text.endsWith(wanted)) {
                return true;
            }
        }
        return false;
    }

    private static Value search(String text, String name, Arguments arguments) {
        String wanted = str(name, one(name, arguments)).text();
        if (name.equals("count")) {
            if (wanted.isEmpty()) {
                return new Int(TextMethods.length(text) + 1L);
            }
            int count = 0;
            for (int at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length())) {
                count++;
            }
            return new Int(count);
        }
        int at = name.equals("rfind") ? text.lastIndexOf(wanted) : text.indexOf(wanted);
        if (at < 0 && name.equals("index")) {
            throw new RenderException("substring not found");
        }
        return new Int(at < 0 ? at : text.codePointCount(0, at));
    }

    private static Str without(Str text, String name, String affix) {
        int length = text.text().length();
        if (name.equals("removeprefix")) {
            return text.text().startsWith(affix) ? text.sub(affix.length(), length) : text;
        }
        return text.text().endsWith(affix) ? text.sub(0, length - affix.length()) : text;
    }

    private static Value partition(Str text, String name, Str separator) {
        if (!separator.isTrue()) {
            throw new RenderException("empty separator");
        }
        boolean first = name.equals("partition");
        String chars = text.text();
        int at = first ? chars.indexOf(separator.text()) : chars.lastIndexOf(separator.text());
        if (at < 0) {
            List<Value> whole = first ? List.of(text, Str.EMPTY, Str.EMPTY) : List.of(Str.EMPTY, Str.EMPTY, text);
            return new Seq(whole, true);
        }
        int end = at + separator.text().length();
        return new Seq(List.of(text.sub(0, at), text.sub(at, end), text.sub(end, chars.length())), true);
    }
}
