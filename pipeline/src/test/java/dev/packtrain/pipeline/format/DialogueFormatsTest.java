package dev.packtrain.pipeline.format;

import static dev.packtrain.pipeline.format.FormatRows.assistant;
import static dev.packtrain.pipeline.format.FormatRows.notLearnt;
import static dev.packtrain.pipeline.format.FormatRows.said;
import static dev.packtrain.pipeline.format.FormatRows.system;
import static dev.packtrain.pipeline.format.FormatRows.user;
import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.record.Dialogue;
import dev.packtrain.pipeline.record.Message;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RejectedRowException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The formats that make dialogues. */
class DialogueFormatsTest {
    @Test
    void srcAndTgtMayHaveASystemMessageAndFlagsForTheLoss() throws RejectedRowException {
        FormatRows rows = new FormatRows(DatasetFormat.SRC_TGT);
        assertThat(rows.parse("{'src':'a','tgt':'b','context':{'system':'S','x':[1]}}"))
                .isEqualTo(said(system("S"), user("a"), assistant("b")));
        assertThat(rows.parse("{'src':'a','tgt':'b','context':'a passage, which is no system message'}"))
                .isEqualTo(said(user("a"), assistant("b")));
        assertThat(rows.parse("{'src':['a','c'],'tgt':['b','d'],'loss':[false,1]}"))
                .isEqualTo(said(user("a"), notLearnt("b"), user("c"), assistant("d")));
        assertThat(rows.parse("{'src':'a','tgt':'b','loss':true}")).isEqualTo(said(user("a"), assistant("b")));
        rows.rejects("{'src':['a','c'],'tgt':['b','d'],'loss':[true]}", RejectReason.LENGTH_MISMATCH, "has 1 flags");
        rows.rejects("{'src':'a','tgt':'b','loss':[true]}", RejectReason.LENGTH_MISMATCH, "is a string");
        rows.rejects("{'src':'a','tgt':'b','loss':0.5}", RejectReason.WRONG_TYPE, "the number 0.5");
        rows.rejects("{'src':'a','tgt':'b','loss':false}", RejectReason.NOTHING_LEARNT, "none of the assistant's");
    }

    @Test
    void shareGptTurnsHaveTheRolesOfChatTemplates() throws RejectedRowException {
        FormatRows rows = new FormatRows(DatasetFormat.SHAREGPT);
        assertThat(rows.parse("{'id':7,'conversations':[{'from':'human','value':'a'},{'value':'b','from':'GPT','x':{}},"
                        + "{'from':'user','value':'c'},{'from':'chatgpt','value':'d','loss':false}],'system':'S'}"))
                .isEqualTo(said(system("S"), user("a"), assistant("b"), user("c"), notLearnt("d")));
        assertThat(
                        rows.parse(
                                "{'conversations':[{'from':'system','value':'S'},{'from':'human','value':'a'},{'from':'bing','value':'b'}],'system':'','tools':null}"))
                .isEqualTo(said(system("S"), user("a"), assistant("b")));
    }

    @Test
    void shareGptCallsOfToolsBecomeToolCalls() throws RejectedRowException {
        Dialogue dialogue = new FormatRows(DatasetFormat.SHAREGPT)
                .dialogue("{'tools':'[{\\'name\\':\\'f\\',\\'n\\':[1,2.5,true,null]}]','conversations':["
                        + "{'from':'human','value':'a'},"
                        + "{'from':'function_call','value':'{\\'name\\':\\'f\\',\\'arguments\\':{\\'x\\':1}}'},"
                        + "{'from':'observation','value':'3'},{'from':'gpt','value':'d'}]}");
        Map<String, Object> function = Map.of("name", "f", "arguments", Map.of("x", 1));
        Message call = dialogue.messages().get(1);
        assertThat(call.role()).isEqualTo(Message.ASSISTANT);
        assertThat(call.content()).isEmpty();
        assertThat(call.more())
                .isEqualTo(Map.of("tool_calls", List.of(Map.of("type", "function", "function", function))));
        assertThat(dialogue.messages().get(2)).isEqualTo(Message.of("tool", "3"));
        assertThat(dialogue.tools()).hasSize(1);
        assertThat(dialogue.tools().get(0).get("n")).isEqualTo(Arrays.asList(1, 2.5, true, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'conversation':[]}                                        | MISSING_FIELD       | nearest that is there is \"conversation\"",
                "{'conversations':'a'}                                      | WRONG_TYPE          | wanted a list of objects",
                "{'conversations':[]}                                       | EMPTY               | empty list",
                "{'conversations':['a']}                                    | WRONG_TYPE          | a list with a string",
                "{'conversations':[{'from':'human'}]}                       | MISSING_FIELD       | \"conversations[0].value\" is missing",
                "{'conversations':[{'value':'a'}]}                          | MISSING_FIELD       | \"conversations[0].from\" is missing",
                "{'conversations':[{'from':'dog','value':'a'}]}             | UNKNOWN_ROLE        | \"from\" is \"dog\"",
                "{'conversations':[{'from':'human','value':' '}]}           | EMPTY               | \"conversations[0].value\" is empty",
                "{'conversations':[{'from':'human','value':3}]}             | WRONG_TYPE          | \"conversations[0].value\" is a number",
                "{'conversations':[{'from':'gpt','value':'a'}]}             | ROLES_OUT_OF_ORDER  | turn 1 is the assistant's",
                "{'conversations':[{'from':'human','value':'a'}]}           | ROLES_OUT_OF_ORDER  | last of the 1 turns",
                "{'conversations':[{'from':'tool','value':'a'},{'from':'gpt','value':'b'}]}   | ROLES_OUT_OF_ORDER | turn 1 is the tool's",
                "{'conversations':[{'from':'human','value':'a'},{'from':'human','value':'b'}]}| ROLES_OUT_OF_ORDER | turn 2 is the user's",
                "{'conversations':[{'from':'human','value':'a','value':'b'}]}                 | DUPLICATE_KEY      | \"conversations[0].value\" stands there twice",
                "{'conversations':[{'from':'human','value':'\\ud83d'}]}     | LONE_SURROGATE      | half a surrogate pair",
                "{'conversations':[{'from':'human','value':'a'},{'from':'function_call','value':'f(x)'}]} | MALFORMED_TOOLS | no JSON",
                "{'conversations':[{'from':'human','value':'a'},{'from':'function_call','value':'{}'}]}   | MALFORMED_TOOLS | without \"name\"",
                "{'tools':'3','conversations':[]}                           | MALFORMED_TOOLS     | field \"tools\" is no list",
            })
    void aBadShareGptRowIsRejected(String row, RejectReason reason, String detail) {
        new FormatRows(DatasetFormat.SHAREGPT).rejects(row, reason, detail);
    }

    @Test
    void twoSystemMessagesAreOneTooMany() {
        new FormatRows(DatasetFormat.SHAREGPT)
                .rejects(
                        "{'system':'S','conversations':[{'from':'system','value':'T'},{'from':'human','value':'a'},{'from':'gpt','value':'b'}]}",
                        RejectReason.ROLES_OUT_OF_ORDER,
                        "wanted one of them");
    }

    @Test
    void messagesKeepWhatAChatTemplateMayRead() throws RejectedRowException {
        Dialogue dialogue = new FormatRows(DatasetFormat.MESSAGES)
                .dialogue("{'prompt_id':'x','messages':[{'role':'system','content':''},"
                        + "{'role':'user','content':[{'type':'text','text':'a'},{'type':'text','text':'b'}],'name':null},"
                        + "{'role':'assistant','content':null,'weight':0,'tool_calls':[{'id':'1','function':{'name':'f','arguments':'{}'}}]},"
                        + "{'role':'tool','tool_call_id':'1','content':''},"
                        + "{'role':'assistant','content':'c','reasoning_content':'because','weight':1.0}],"
                        + "'tools':[{'type':'function'}]}");
        assertThat(dialogue.tools()).isEqualTo(List.of(Map.of("type", "function")));
        assertThat(dialogue.messages())
                .containsExactly(
                        system(""),
                        user("a\nb"),
                        new Message(
                                Message.ASSISTANT,
                                "",
                                false,
                                Map.of(
                                        "tool_calls",
                                        List.of(Map.of(
                                                "id", "1", "function", Map.of("name", "f", "arguments", "{}"))))),
                        new Message("tool", "", true, Map.of("tool_call_id", "1")),
                        new Message(Message.ASSISTANT, "c", true, Map.of("reasoning_content", "because")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'mesages':[]}                                                   | MISSING_FIELD        | nearest that is there is \"mesages\"",
                "{'messages':null}                                                | WRONG_TYPE           | is null",
                "{'messages':[]}                                                  | EMPTY                | empty list",
                "{'messages':[{'content':'a'}]}                                   | MISSING_FIELD        | \"messages[0].role\" is missing",
                "{'messages':[{'role':'user'}]}                                   | MISSING_FIELD        | \"messages[0].content\" is missing",
                "{'messages':[{'role':'human','content':'a'}]}                    | UNKNOWN_ROLE         | \"role\" is \"human\"",
                "{'messages':[{'role':'user','content':'a'}]}                     | NO_ASSISTANT_MESSAGE | none of the 1 messages",
                "{'messages':[{'role':'user','content':' '}]}                     | EMPTY                | of the user is empty",
                "{'messages':[{'role':'assistant','content':'','tool_calls':[]}]} | EMPTY                | of the assistant is empty",
                "{'messages':[{'role':'assistant','content':'a','weight':0}]}     | NOTHING_LEARNT       | none of the assistant's",
                "{'messages':[{'role':'assistant','content':'a','weight':2}]}     | WRONG_TYPE           | the number 2",
                "{'messages':[{'role':'assistant','content':'a','weight':1,'loss':false}]} | WRONG_TYPE  | its opposite",
                "{'messages':[{'role':'user','content':3}]}                       | WRONG_TYPE           | \"messages[0].content\" is a number",
                "{'messages':[{'role':'user','content':['a']}]}                   | WRONG_TYPE           | a list with a string",
                "{'messages':[{'role':'user','content':[{'type':'image_url'}]}]}  | UNSUPPORTED_CONTENT  | part of type \"image_url\"",
                "{'messages':[{'role':'user','content':[{'type':'text'}]}]}       | MISSING_FIELD        | \"messages[0].content[0].text\"",
                "{'messages':[{'role':'user','content':'a','x':{'y':1,'y':2}}]}   | DUPLICATE_KEY        | \"y\" stands twice",
                "{'messages':[{'role':'user','content':'a','x':{'y\\u0000':1}}]}  | NUL                  | NUL character",
                "{'messages':[{'role':'user','content':'\\ude00'}]}               | LONE_SURROGATE       | \"messages[0].content\"",
                "{'messages':[{'role':'user','content':'a','x':['\\ude00']}]}     | LONE_SURROGATE       | \"messages[0].x\"",
            })
    void aBadRowOfMessagesIsRejected(String row, RejectReason reason, String detail) {
        new FormatRows(DatasetFormat.MESSAGES).rejects(row, reason, detail);
    }

    @Test
    void alpacaRowsAskWithInstructionAndInput() throws RejectedRowException {
        FormatRows rows = new FormatRows(DatasetFormat.ALPACA);
        assertThat(rows.parse("{'instruction':'a','input':'b','output':'c','text':'all of it'}"))
                .isEqualTo(said(user("a\nb"), assistant("c")));
        assertThat(rows.parse(
                        "{'instruction':'a','input':'','output':'c','system':'S','history':[['p','q'],['r','s']]}"))
                .isEqualTo(said(
                        system("S"), user("p"), assistant("q"), user("r"), assistant("s"), user("a"), assistant("c")));
        rows.rejects("{'input':'b','output':'c'}", RejectReason.MISSING_FIELD, "\"instruction\" is missing");
        rows.rejects("{'instruction':'a','input':'b'}", RejectReason.MISSING_FIELD, "\"output\" is missing");
        rows.rejects("{'instruction':'a','output':''}", RejectReason.EMPTY, "\"output\" is empty");
        rows.rejects("{'instruction':'a','input':3,'output':'c'}", RejectReason.WRONG_TYPE, "\"input\" is a number");
        rows.rejects(
                "{'instruction':'a','output':'c','history':[['p']]}", RejectReason.LENGTH_MISMATCH, "wanted pairs");
        rows.rejects("{'instruction':'a','output':'c','history':['p']}", RejectReason.WRONG_TYPE, "is a string");
    }

    @Test
    void deepJsonAndManyKeysAreBoundedInEveryFormat() {
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < 100_000; i++) {
            keys.append("'k").append(i).append("':1,");
        }
        for (DatasetFormat format : DatasetFormat.values()) {
            FormatRows rows = new FormatRows(format);
            rows.rejects("{'x':" + deep + "}", RejectReason.JSON_LIMITS, "passes a limit");
            rows.rejects("{" + keys + "'k1':1}", RejectReason.DUPLICATE_KEY, "\"k1\" stands there twice");
            rows.rejects("{" + keys + "'z':1}", RejectReason.MISSING_FIELD, "is missing");
            rows.rejects("{'x':1", RejectReason.MALFORMED_JSON, "not JSON at column");
        }
        new FormatRows(DatasetFormat.MESSAGES)
                .rejects("{'messages':[{'x':" + deep + "}]}", RejectReason.JSON_LIMITS, "passes a limit");
    }
}
