package dev.packtrain.jobs.inspect;

import java.util.Locale;

/**
 * One figure.
 *
 * @param key as in the JSON; on the screen its underscores are spaces
 * @param value as in the JSON: text, a number or a truth value
 * @param shown as on the screen
 */
record Figure(String key, Object value, String shown) {
    private static final int UNIT = 1024;

    static Figure text(String key, String value) {
        return new Figure(key, value, Printable.of(value));
    }

    static Figure count(String key, long value) {
        return new Figure(key, value, String.format(Locale.ROOT, "%,d", value));
    }

    static Figure number(String key, double value) {
        return new Figure(key, value, String.format(Locale.ROOT, "%.4g", value));
    }

    /** A share from 0 to 1, shown in percent. */
    static Figure share(String key, double value) {
        return new Figure(key, value, String.format(Locale.ROOT, "%.2f %%", 100 * value));
    }

    /** Bytes, shown in the largest binary unit of which there is at least one. */
    static Figure bytes(String key, long value) {
        double amount = value;
        int unit = 0;
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        while (amount >= UNIT && unit < units.length - 1) {
            amount /= UNIT;
            unit++;
        }
        return new Figure(
                key, value, String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]));
    }

    static Figure flag(String key, boolean value) {
        return new Figure(key, value, value ? "yes" : "no");
    }

    String label() {
        return key.replace('_', ' ');
    }
}
