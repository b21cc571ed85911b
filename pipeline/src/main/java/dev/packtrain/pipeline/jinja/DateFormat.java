package dev.packtrain.pipeline.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** {@code strftime} in English. */
final class DateFormat {
    private static final Map<Character, DateTimeFormatter> FIELDS = Map.ofEntries(
            field('a', "EEE"),
            field('A', "EEEE"),
            field('b', "MMM"),
            field('B', "MMMM"),
            field('d', "dd"),
            field('H', "HH"),
            field('I', "hh"),
            field('j', "DDD"),
            field('m', "MM"),
            field('M', "mm"),
            field('p', "a"),
            field('S', "ss"),
            field('y', "yy"),
            field('Y', "yyyy"),
            field('F', "yyyy-MM-dd"),
            field('T', "HH:mm:ss"),
            field('R', "HH:mm"),
            field('D', "MM/dd/yy"));

    private DateFormat() {}

    private static Map.Entry<Character, DateTimeFormatter> field(char letter, String pattern) {
        return Map.entry(letter, DateTimeFormatter.ofPattern(pattern, Locale.US));
    }

    static String format(String format, LocalDateTime time) {
        StringBuilder result = new StringBuilder();
        int i = 0;
        while (i < format.length()) {
            char c = format.charAt(i++);
            if (c != '%') {
                result.append(c);
                continue;
            }
            boolean unpadded = format.startsWith("-", i);
            i += unpadded ? 1 : 0;
            char letter = i < format.length() ? format.charAt(i++) : ' ';
            if (letter == '%') {
                result.append('%');
                continue;
            }
            DateTimeFormatter field = FIELDS.get(letter);
            if (field == null) {
                throw new RenderException("strftime_now() does not know '%%%s'".formatted(letter));
            }
            String text = field.format(time);
            result.append(unpadded ? text.replaceFirst("^0+(?=.)", "") : text);
        }
        return result.toString();
    }
}
