package dev.entente.server.console;

import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Assets;
import dev.entente.server.console.part.ConsoleUser;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Transaction;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Pages as HTML, without a server. */
final class Rendered {
    static final Instant T0 = Instant.ofEpochMilli(ShownTransactions.T0);
    private static final TemplateEngine TEMPLATES = TemplateEngine.createPrecompiled(ContentType.Html);

    private Rendered() {}

    static Frame frame(String page, Query query, Duration since, Language language) {
        return frame(page, query, since, language, Set.of("operator"));
    }

    static Frame frame(String page, Query query, Duration since, Language language, Set<String> roles) {
        return new Frame(
                Texts.of(language),
                "../".repeat((int) page.chars().filter(one -> one == '/').count()),
                page,
                query,
                new ConsoleUser("alice", roles, "", false),
                true,
                T0.plus(since),
                new Assets());
    }

    /** Returns an operator's page of a transaction, {@code since} after its acceptance. */
    static String transactionPage(Transaction transaction, Query query, Duration since, Language language) {
        Frame frame = frame("transaction", query.with("gid", transaction.getGid()), since, language);
        return html("transaction.jte", frame, TransactionDetails.of(transaction, frame, possible(transaction), null));
    }

    /** Returns every operation that may apply to a transaction, all marked as possible. */
    static List<OfferedOperation> possible(Transaction transaction) {
        return OfferedOperation.forms(transaction).stream()
                .map(form -> new OfferedOperation(form, ""))
                .toList();
    }

    /** Returns the page of a list. */
    static String list(Frame frame, ApiResult<ListTransactionsResponse> listed) {
        TransactionsPage page = TransactionsPage.of(
                new TransactionQuery(frame.query()),
                listed,
                ApiResult.failed(""),
                ApiResult.failed(""),
                frame.now(),
                frame.texts());
        return html("transactions.jte", frame, page);
    }

    static String list(Frame frame, Transaction... all) {
        return list(
                frame,
                ApiResult.of(ListTransactionsResponse.newBuilder()
                        .addAllTransactions(List.of(all))
                        .build()));
    }

    /** Returns the HTML without the elements around single words. */
    static String lines(String html) {
        return html.replace("<span>", "").replace("</span>", "");
    }

    static String html(String template, Frame frame, Object page) {
        StringOutput html = new StringOutput();
        TEMPLATES.render(template, Map.of("frame", frame, "page", page), html);
        return html.toString();
    }
}
