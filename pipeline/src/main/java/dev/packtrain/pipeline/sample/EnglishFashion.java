package dev.packtrain.pipeline.sample;

import dev.packtrain.pipeline.sample.Language.Feature;
import dev.packtrain.pipeline.sample.Language.Garment;
import java.util.ArrayList;
import java.util.List;

/** English words and sentences about clothes. */
final class EnglishFashion {
    private static final Feature MATERIAL = new Feature(
            "material",
            List.of("cotton", "linen", "silk", "merino wool", "cashmere", "denim", "corduroy", "viscose", "fleece"),
            List.of(
                    "Soft {value} feels good all day.",
                    "The {value} breathes and keeps its shape.",
                    "Cut from {value} that is easy to care for.",
                    "You will love the touch of {value}."));
    private static final Feature COLOR = new Feature(
            "colour",
            List.of("white", "black", "cream", "navy", "burgundy", "olive", "camel", "sky blue", "charcoal", "rust"),
            List.of(
                    "In {value} it goes with everything.",
                    "The {value} shade flatters every skin tone.",
                    "A calm {value} sets the mood.",
                    "Dyed in {value}, it never looks loud."));
    private static final Feature STYLE = new Feature(
            "style",
            List.of("casual", "vintage", "minimal", "sporty", "elegant", "preppy", "boho", "classic", "urban"),
            List.of(
                    "Its {value} look needs no effort.",
                    "The {value} lines speak for themselves.",
                    "A {value} touch in every detail.",
                    "Made for people who like it {value}."));
    private static final Feature PATTERN = new Feature(
            "pattern",
            List.of("plain", "striped", "checked", "dotted", "floral", "embroidered", "geometric", "tie-dyed"),
            List.of(
                    "The {value} surface catches the eye.",
                    "A {value} design keeps things lively.",
                    "It comes {value}, fresh and never fussy.",
                    "Look closer: {value} and full of charm."));
    private static final Feature FIT = new Feature(
            "fit",
            List.of("relaxed", "slim", "straight", "tailored", "oversized", "cropped"),
            List.of(
                    "The {value} fit moves with you.",
                    "A {value} cut flatters the figure.",
                    "Its {value} shape is made for layering."));
    private static final Feature DETAIL = new Feature(
            "detail",
            List.of("pockets", "a drawstring", "buttons", "pleats", "a zip", "fringes", "a belt"),
            List.of(
                    "Finished with {value} for good measure.",
                    "Thoughtful touch: {value}, neatly sewn.",
                    "It has {value}, useful and pretty."));
    private static final Feature COLLAR = new Feature(
            "collar",
            List.of("crew neck", "V-neck", "polo collar", "stand collar", "hood", "square neck"),
            List.of(
                    "The {value} frames the face.",
                    "With a {value} it suits work and weekend.",
                    "A neat {value} on top."));
    private static final Feature LENGTH = new Feature(
            "length",
            List.of("mini", "knee-length", "midi", "maxi", "ankle-length"),
            List.of(
                    "The {value} hem swings as you walk.",
                    "A {value} line makes legs look longer.",
                    "It is {value}, right for any shoe."));
    private static final Feature WAIST = new Feature(
            "waist",
            List.of("high", "elastic", "mid-rise", "tied"),
            List.of(
                    "The {value} waist sits just right.",
                    "A {value} waist shapes the body.",
                    "Comfort comes with its {value} waist."));

    static final Language LANGUAGE = new Language(
            "type",
            List.of(
                    new Garment("top", List.of("shirt", "sweater", "tee", "blouse"), with(COLLAR)),
                    new Garment("jacket", List.of("jacket", "coat", "blazer", "parka"), with(COLLAR)),
                    new Garment("skirt", List.of("skirt", "dress"), with(LENGTH, WAIST)),
                    new Garment("trousers", List.of("trousers", "chinos", "joggers"), with(LENGTH, WAIST))),
            List.of(
                    "Meet your new favourite {garment}.",
                    "Say hello to this {garment}.",
                    "Here comes the {garment} you have been waiting for.",
                    "Good days start with a good {garment}.",
                    "Some things are worth keeping, like this {garment}."),
            List.of(
                    "Take it home today.",
                    "Wear it to work, wear it out.",
                    "One {garment}, many ways to wear it.",
                    "Pair it with white sneakers and go.",
                    "Made with care, stitch by stitch."),
            " ");

    private EnglishFashion() {}

    private static List<Feature> with(Feature... own) {
        List<Feature> features = new ArrayList<>(List.of(MATERIAL, COLOR, STYLE, PATTERN, FIT));
        features.addAll(List.of(own));
        features.add(DETAIL);
        return List.copyOf(features);
    }
}
