package dev.packtrain.pipeline.jinja;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.time.LocalDateTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the interpreter refuses, and what it bounds. */
class TemplateLimitsTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2024, 12, 9, 8, 7, 6);

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "{% include 'x' %};the statement 'include'",
                "{% import 'x' as y %};the statement 'import'",
                "{% call f() %}{% endcall %};the statement 'call'",
                "{% do x %};the statement 'do'",
                "{{ x|groupby('a') }};the filter 'groupby'",
                "{{ x is sameas y }};the test 'sameas'",
                "{{ x.format(1) }};the method 'format'",
                "{{ x.__class__ }};the attribute '__class__'",
                "{{ cycler(1) }};the name 'cycler'",
                "{{ f(*x) }};arguments given with '*'",
                "{% for x in y recursive %}{% endfor %};the loop modifier 'recursive'",
                "{% macro m() %}{% generation %}{% endgeneration %}{% endmacro %};a 'generation' block inside a macro",
            },
            delimiter = ';')
    void whatIsNotSupportedIsNamedWithItsLineBeforeAnythingIsRendered(String source, String named) {
        assertThatThrownBy(() -> Template.parse("a.jinja", "text\n" + source))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("a.jinja, line 2: " + named);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ x",
                "{% if x %}",
                "{{ }}",
                "{% endfor %}",
                "{# x",
                "{{ 'x",
                "{% raw %}",
                "{{ (1 }}",
                "{{ 1) }}",
                "{% break %}",
                "{% set = 1 %}",
                "{% for in x %}{% endfor %}",
                "{{ a b }}",
                "{% %}",
                "{{ 12a }}"
            })
    void whatIsNoJinjaIsRefused(String source) {
        assertThatThrownBy(() -> Template.parse("a.jinja", source))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("a.jinja, line 1: ");
    }

    @Test
    void nestingIsBounded() {
        for (String open : new String[] {"(", "[", "-", "not ", "x if y else "}) {
            assertThatThrownBy(() -> Template.parse("a.jinja", "{{ " + open.repeat(5000)))
                    .isInstanceOf(BadInputException.class);
        }
        assertThatThrownBy(() -> Template.parse("a.jinja", "{% if 1 %}".repeat(5000)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("nested more than");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = ';',
            value = {
                "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %};rounds",
                "{% set n = namespace(x='aaaaaaaaaa') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %};characters",
                "{{ 'a' * 99999999999 }};characters",
                "{{ [1] * 99999999 }};characters or items",
                "{{ ('a' * 9999999).replace('a', 'b' * 9999999) }};characters",
                "{{ range(99999)|join(range(99999)|join) }};characters",
                "{% for i in range(9999) %}{{ 'x' * 99999 }}{% endfor %};characters",
                "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }};macros call each other",
                "{{ range(100001) }};Range too big",
                "{{ 2 ** 64 }};64 bits",
                "{% set n = namespace(l=()) %}{% for i in range(60000) %}{% set n.l = (n.l, 1) %}{% endfor %}{{ {n.l: 1} }};nested too deep",
            })
    void workIsBounded(String source, String reason) {
        Template template = Template.parse("a.jinja", source);
        assertThatThrownBy(() -> template.render(Map.of(), NOW))
                .isInstanceOf(RenderException.class)
                .hasMessageContaining("a.jinja, line 1: ")
                .hasMessageContaining(reason);
    }
}
