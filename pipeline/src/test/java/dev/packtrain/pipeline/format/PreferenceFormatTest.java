package dev.packtrain.pipeline.format;

import static dev.packtrain.pipeline.format.FormatRows.assistant;
import static dev.packtrain.pipeline.format.FormatRows.said;
import static dev.packtrain.pipeline.format.FormatRows.system;
import static dev.packtrain.pipeline.format.FormatRows.user;
import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.record.Preference;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreferenceFormatTest {
    private final FormatRows rows = new FormatRows(DatasetFormat.PREFERENCE);

    @Test
    void theHigherSortIsChosen() throws RejectedRowException {
        assertThat(
                        rows.parse(
                                "{'src':['a','c'],'tgt':['b'],'response':['bad','good'],'sort':[-1,2.5],'context':{'system':'S'}}"))
                .isEqualTo(new Preference(said(system("S"), user("a"), assistant("b"), user("c")), "good", "bad"));
        assertThat(rows.parse("{'sort':[1,0],'response':['good','bad'],'src':'a','tgt':''}"))
                .isEqualTo(new Preference(said(user("a")), "good", "bad"));
        assertThat(rows.parse("{'sort':[1,0],'response':['good','bad'],'src':['a'],'tgt':[]}"))
                .isEqualTo(new Preference(said(user("a")), "good", "bad"));
    }

    @Test
    void answersMayStandInListsOfTheirOwnAsInPaddleNlpsData() throws RejectedRowException {
        Preference wanted = new Preference(said(user("a")), "good", "bad");
        assertThat(rows.parse("{'src':['a'],'tgt':[],'response':[['good'],['bad']],'sort':[1,0]}"))
                .isEqualTo(wanted);
        assertThat(rows.parse("{'src':['a'],'tgt':[],'response':[['bad'],'good'],'sort':[0,1]}"))
                .isEqualTo(wanted);
        assertThat(rows.parse("{'src':['a','c'],'tgt':['b'],'response':[['bad'],['good']],'sort':[0,1]}"))
                .isEqualTo(new Preference(said(user("a"), assistant("b"), user("c")), "good", "bad"));
    }

    @Test
    void chosenAndRejectedMayBeStringsOrMessages() throws RejectedRowException {
        Preference wanted = new Preference(said(user("a")), "good", "bad");
        String good = "{'role':'assistant','content':'good'}";
        String bad = "{'role':'assistant','content':'bad'}";
        String asked = "{'role':'user','content':'a'}";
        assertThat(rows.parse("{'prompt':'a','chosen':'good','rejected':'bad','score':1}"))
                .isEqualTo(wanted);
        assertThat(rows.parse("{'prompt':[" + asked + "],'chosen':'good','rejected':'bad'}"))
                .isEqualTo(wanted);
        assertThat(rows.parse("{'prompt':[" + asked + "],'chosen':[" + good + "],'rejected':[" + bad + "]}"))
                .isEqualTo(wanted);
        assertThat(rows.parse(
                        "{'prompt':'a','chosen':[" + asked + "," + good + "],'rejected':[" + asked + "," + bad + "]}"))
                .isEqualTo(wanted);
        assertThat(rows.parse(
                        "{'chosen':[" + asked + "," + good + "],'rejected':[" + asked + "," + bad + "],'system':'S'}"))
                .isEqualTo(new Preference(said(system("S"), user("a")), "good", "bad"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'src':'a','tgt':'b'}                                                     | MISSING_FIELD      | \"response\" is missing",
                "{'src':'a','response':['x','y']}                                          | MISSING_FIELD      | \"sort\" is missing",
                "{'tgt':[],'response':['x','y'],'sort':[1,0]}                              | MISSING_FIELD      | \"src\" is missing",
                "{'src':'a','response':['x','y'],'sort':[1,1.0]}                           | TIE                | wanted a better one",
                "{'src':'a','response':['x','x'],'sort':[1,0]}                             | SAME_ANSWERS       | both answers are the same",
                "{'src':'a','response':['x','y','z'],'sort':[1,0]}                         | LENGTH_MISMATCH    | has 3 answers",
                "{'src':'a','response':['x',' '],'sort':[1,0]}                             | EMPTY              | \"response\" is empty",
                "{'src':'a','response':[['x'],['y','b','z']],'sort':[1,0]}                 | WRONG_TYPE         | a list with a list of 3 strings",
                "{'src':'a','response':[['x'],[]],'sort':[1,0]}                            | WRONG_TYPE         | a list with a list of 0 strings",
                "{'src':'a','response':[['x'],[' ']],'sort':[1,0]}                         | EMPTY              | \"response\" is empty",
                "{'src':'a','response':[[['x']],['y']],'sort':[1,0]}                       | WRONG_TYPE         | a list with a list",
                "{'src':'a','response':'x','sort':[1,0]}                                   | WRONG_TYPE         | \"response\" is a string; wanted a list of two answers",
                "{'src':'a','response':['x',3],'sort':[1,0]}                               | WRONG_TYPE         | a list with a number",
                "{'src':'a','response':['x','y'],'sort':['1','0']}                         | WRONG_TYPE         | a list with a string",
                "{'src':['a','b'],'tgt':['c','d'],'response':['x','y'],'sort':[1,0]}       | LENGTH_MISMATCH    | 2 questions",
                "{'chosen':'x','rejected':'y'}                                             | MISSING_FIELD      | \"prompt\" is missing",
                "{'prompt':'a','chosen':'x'}                                               | MISSING_FIELD      | \"rejected\" is missing",
                "{'prompt':'a','chosen':'x','rejected':'x'}                                | SAME_ANSWERS       | both answers",
                "{'prompt':'a','chosen':'x','rejected':[{'role':'assistant','content':'y'}]} | WRONG_TYPE       | one is a string and one a list",
                "{'prompt':'a','chosen':3,'rejected':'x'}                                  | WRONG_TYPE         | \"chosen\" is a number",
                "{'prompt':[{'role':'assistant','content':'a'}],'chosen':'x','rejected':'y'} | ROLES_OUT_OF_ORDER | the prompt ends",
                "{'prompt':'b','chosen':[{'role':'user','content':'a'},{'role':'assistant','content':'x'}],'rejected':[{'role':'user','content':'a'},{'role':'assistant','content':'y'}]} | PROMPT_MISMATCH | 1 messages of their own",
                "{'prompt':'a','chosen':[{'role':'assistant','content':'x'},{'role':'user','content':'z'}],'rejected':[{'role':'assistant','content':'y'}]} | ROLES_OUT_OF_ORDER | 2 messages after the prompt",
                "{'prompt':'a','chosen':[{'role':'assistant','content':'x','tool_calls':[{}]}],'rejected':[{'role':'assistant','content':'y'}]} | UNSUPPORTED_CONTENT | wanted text alone",
            })
    void aBadRowIsRejected(String row, RejectReason reason, String detail) {
        rows.rejects(row, reason, detail);
    }
}
