------------------------------ MODULE Entente ------------------------------
(***************************************************************************)
(* One global transaction, from its acceptance to its end.                 *)
(*                                                                         *)
(* Coordinators ("incarnations") share one row in a database. One of them  *)
(* owns the row, keeps what it learns in memory, calls participants over a *)
(* network that delays, loses and repeats, and writes to the row lazily:   *)
(* before certain calls leave it has to, otherwise when it likes. At any   *)
(* moment a coordinator may be killed, or stall until another takes its    *)
(* row; a stalled one goes on later without knowing what it missed (a      *)
(* zombie), and its calls may arrive at any later time.                    *)
(*                                                                         *)
(* What is shown: however these things fall together, the laws of          *)
(* ../laws.md hold, all branches stand at the end or none does, and every  *)
(* accepted transaction ends or stands parked.                             *)
(*                                                                         *)
(* How to read it: the row and the memory ("The state"), then "The owner"  *)
(* from Call to Rest, then "The laws". Each rule that could be forgotten   *)
(* asks Broken("name"): with Mutant = "name" it is forgotten, and TLC      *)
(* shows what comes of it. README.md sets the actions beside the code.     *)
(*                                                                         *)
(* Time does not exist here: a timeout, a deadline or a wait may end at    *)
(* any moment. What holds nevertheless holds for every setting.            *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Pattern,       \* "saga": actions, one after another, and compensations. "tcc": tries, all at once; confirms or cancels
    Size,          \* how many branches; they are 1 .. Size, and in a saga that is their order
    Pivot,         \* the step of no return in a saga, or 0
    Readers,       \* the steps whose request is filled from the response of the step before
    Refusers,      \* the branches whose participant may say no
    Settlers,      \* the branches whose participant keeps its verdicts (the SDK's barrier); the others forget a no
    Attempts,      \* unanswered calls of one operation until it is given up
    Faults,        \* how many crashes, stalls and failovers there may be
    Naps,          \* how often a transaction may be put to sleep in its row
    Acts,          \* how often an operator may act
    Failovers,     \* whether the database may move to a standby
    Mutant         \* the rule that is forgotten, or "none"

Broken(rule) == Mutant = rule

Branch == 1 .. Size
Incarnation == {1, 2}
Nobody == 0

---------------------------------------------------------------------------
(* The state *)

VARIABLES
    row,        \* the transaction's row in the database: all that is durable
    life,       \* of each incarnation: does its process run, does it believe in its lease, was it declared dead
    mem,        \* of each incarnation: the transaction as it has it in memory, or Nothing
    asked,      \* of each incarnation: whether a client's submit is under way there
    calls,      \* every call that ever left. The network never forgets: each may arrive at any time, any number of times
    part,       \* of each branch: what its participant did
    told,       \* what the client was told
    left        \* how many more faults, naps and acts there may be

vars == <<row, life, mem, asked, calls, part, told, left>>

Nothing == [kind |-> "nothing"]

(* How far a transaction is: what the owner has in memory, and what it writes to the row. As in transaction/Progress.

   branch   PENDING, CALLED (it may have left), DONE, REJECTED (a no that is believed), FAILED (a no that is not, or no answer at the
            limit), CONFIRMED, UNDONE, SKIPPED
   tries    unanswered calls of the present operation
   sent     forward calls that can have left: 0, 1, or 2 for more, or for "who knows"
   pivot    whether the pivot's call may have left
   stuck    branches that only an operator can move *)
Untouched == [state  |-> "RUNNING",
              branch |-> [b \in Branch |-> "PENDING"],
              tries  |-> [b \in Branch |-> 0],
              sent   |-> [b \in Branch |-> 0],
              pivot  |-> Pivot = 1,      \* nothing stands before it: the accept is the write that lets its call leave
              stuck  |-> {}]

Ends == {"SUCCEEDED", "ABORTED"}

Init ==
    /\ row = [kind |-> "none", p |-> Untouched, owner |-> Nobody, rev |-> 0, due |-> FALSE, parked |-> "no", exact |-> FALSE,
              usurped |-> FALSE]
    /\ life = [i \in Incarnation |-> [runs |-> TRUE, lease |-> TRUE, dead |-> FALSE]]
    /\ mem = [i \in Incarnation |-> Nothing]
    /\ asked = [i \in Incarnation |-> FALSE]
    /\ calls = {}
    /\ part = [b \in Branch |-> [fwd |-> "new", completed |-> FALSE, noes |-> {}]]
    /\ told = {}
    /\ left = [faults |-> Faults, naps |-> Naps, acts |-> Acts]

IsEnded == row.kind = "finished"
IsOpen == row.kind = "open"

---------------------------------------------------------------------------
(* Plans *)

IsSaga == Pattern = "saga"
Earlier(b) == IF IsSaga THEN {a \in Branch : a < b} ELSE {}
Later(b) == IF IsSaga THEN {a \in Branch : a > b} ELSE {}
HasCompletion == ~IsSaga
CanBeUndone(b) == Pivot = 0 \/ b < Pivot
IsAfterPivot(b) == Pivot > 0 /\ b > Pivot

(* Whether the branch still has to be settled in that direction. (Settling.needs) *)
NeedsUndo(p, b) == CanBeUndone(b) /\ p.branch[b] \in {"CALLED", "DONE", "FAILED"}
NeedsCompletion(p, b) == p.branch[b] = "DONE"

---------------------------------------------------------------------------
(* Memory *)

Idle == [b \in Branch |-> Nothing]

(* rev: the row's when it was taken. awaits: of each branch, the call whose answer is awaited. *)
Held(p, rev) == [kind |-> "held", p |-> p, rev |-> rev, awaits |-> Idle]

Holds(i) == mem[i].kind = "held"
Works(i) == life[i].runs /\ Holds(i)
IsAwaiting(i) == \E b \in Branch : mem[i].awaits[b] # Nothing

Becomes(i, p) == mem' = [mem EXCEPT ![i].p = p]

---------------------------------------------------------------------------
(* Accepting *)

(* The client submits its plan; again, and elsewhere, if it hears nothing. Which of the two is asked first makes no difference. *)
Submit(i) ==
    /\ life[i].runs /\ life[i].lease /\ ~asked[i]
    /\ "accepted" \notin told /\ (i = 1 \/ ~life[1].lease)
    /\ asked' = [asked EXCEPT ![i] = TRUE]
    /\ told' = IF Broken("L1") THEN told \cup {"accepted"} ELSE told
    /\ mem' = IF Broken("call-before-accept") THEN [mem EXCEPT ![i] = Held(Untouched, 1)] ELSE mem
    /\ UNCHANGED <<row, life, calls, part, left>>

(* `insert … on conflict do nothing`: the same gid is the same transaction. One that was declared dead accepts nothing. If the process *)
(* has died meanwhile, the row may stand all the same.                                                                                *)
Accept(i) ==
    LET isNew == row.kind = "none" /\ ~life[i].dead
    IN  /\ asked[i]
        /\ asked' = [asked EXCEPT ![i] = FALSE]
        /\ row' = IF isNew THEN [row EXCEPT !.kind = "open", !.owner = i, !.rev = 1] ELSE row
        /\ IF life[i].runs /\ (isNew \/ row.kind # "none")
           THEN /\ told' = told \cup {"accepted"}
                /\ mem' = IF isNew /\ ~Holds(i) THEN [mem EXCEPT ![i] = Held(row.p, 1)] ELSE mem
           ELSE UNCHANGED <<mem, told>>
        /\ UNCHANGED <<life, calls, part, left>>

(* The link breaks after the commit. The engine takes no step until it has looked, so that is an Accept which takes longer. Who takes  *)
(* it for a failure tells the client so, and forgets a row that is its own.                                                            *)
TakeDoubtForFailure(i) ==
    /\ Broken("doubt-taken-as-failed")
    /\ asked[i] /\ life[i].runs /\ ~life[i].dead /\ row.kind = "none"
    /\ asked' = [asked EXCEPT ![i] = FALSE]
    /\ row' = [row EXCEPT !.kind = "open", !.owner = i, !.rev = 1]
    /\ told' = told \cup {"refused"}
    /\ UNCHANGED <<life, mem, calls, part, left>>

---------------------------------------------------------------------------
(* Writing. A write is one step: it takes effect at some moment between its composing and its answer, and whatever the owner does in   *)
(* between might as well come before or after. Who was superseded meanwhile is refused, and drops what it has.                         *)
(*                                                                                                                                    *)
(* It is enough here to raise rev when the row changes hands. The engine raises it with every write, so that no two of its own can pass *)
(* each other.                                                                                                                        *)

(* The guard: `where gid = … and owner = me and rev = :expected`. *)
IsFenced(i) == IsOpen /\ row.owner = i /\ row.rev = mem[i].rev

(* What the client may be told of progress that is durable: which way it was decided, how it ended. *)
News(p) == IF p.state = "RUNNING" THEN {} ELSE {p.state}

Write(i, written, isKept) ==
    IF IsFenced(i) \/ Broken("skip-fence")
    THEN /\ row' = [written EXCEPT !.usurped = ~IsFenced(i)]
         /\ mem' = IF isKept THEN mem ELSE [mem EXCEPT ![i] = Nothing]
         /\ told' = told \cup News(written.p)
    ELSE /\ mem' = [mem EXCEPT ![i] = Nothing]
         /\ UNCHANGED <<row, told>>

(* What the owner knows to be durable. As long as its lease holds, nobody else has written to the row. *)
Saved(i) == row.p

---------------------------------------------------------------------------
(* The owner. It takes one thing at a time; each action below is a part of decision/Decider. *)

(* A call leaves. The lease is asked at that moment, not when the call was decided on. Which attempt it is matters only to a           *)
(* participant that may say no and forget it: the others do the same whichever comes.                                                  *)
Leave(i, b, op, p) ==
    LET before == {c \in calls : c.branch = b /\ c.op = op /\ c.by = i}
        isDistinct == op = "forward" /\ b \in Refusers /\ (b \notin Settlers \/ Broken("barrier-without-verdicts"))
        call == [kind |-> "call", branch |-> b, op |-> op, tooLate |-> life[i].dead \/ ~life[i].lease,
                 by |-> IF isDistinct THEN i ELSE Nobody,
                 no |-> IF isDistinct THEN Cardinality(before) ELSE 0]
    IN  /\ life[i].lease \/ Broken("L4")
        /\ mem[i].awaits[b] = Nothing
        /\ b \notin p.stuck
        /\ calls' = calls \cup {call}
        /\ mem' = [mem EXCEPT ![i].p = p, ![i].awaits[b] = call]
        /\ UNCHANGED <<row, life, asked, part, told, left>>

(* Forward: when the steps before it are done. The pivot's call waits until it is durable that it may leave, and a call that reads a   *)
(* response waits until that response is durable: what is not in the row was then certainly not called.                                *)
CallForward(i, b) ==
    LET p == mem[i].p
        saved == Saved(i)
    IN  /\ Works(i) /\ p.state = "RUNNING"
        /\ p.branch[b] \in {"PENDING", "CALLED"}
        /\ \A a \in Earlier(b) : p.branch[a] = "DONE"
        /\ ~\E a \in Branch : p.branch[a] \in {"REJECTED", "FAILED"}       \* then it turns
        /\ b = Pivot => p.pivot /\ (saved.pivot \/ Broken("no-write-ahead-of-pivot"))
        /\ b \in Readers => saved.branch[b - 1] = "DONE" \/ Broken("bound-response-not-durable") \/ Broken("L3")
        /\ Leave(i, b, "forward",
                 [p EXCEPT !.branch[b] = "CALLED", !.sent[b] = IF @ = 2 THEN 2 ELSE @ + 1])

(* From here on nothing turns the transaction but a believed no of the pivot itself. *)
RecordPivot(i) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "RUNNING" /\ Pivot > 0 /\ ~p.pivot
        /\ \A a \in Earlier(Pivot) : p.branch[a] = "DONE"
        /\ Becomes(i, [p EXCEPT !.pivot = TRUE])
        /\ UNCHANGED <<row, life, asked, calls, part, told, left>>

(* Completion and undo: once the decision is durable, with all the outcomes it was based on. Undo goes backwards. *)
CallCompletion(i, b) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "COMPLETING" /\ NeedsCompletion(p, b)
        /\ Saved(i).state = "COMPLETING" \/ Broken("L2")
        /\ Leave(i, b, "completion", p)

CallUndo(i, b) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "UNDOING" /\ NeedsUndo(p, b)
        /\ \A a \in Later(b) : ~NeedsUndo(p, a)
        /\ Saved(i).state = "UNDOING" \/ Broken("undo-before-decision-durable")
        /\ Leave(i, b, "undo", p)

(* What an answer means. A forward no is believed if it answers the only call that can ever have left, or if the participant has       *)
(* stored it; any other may be overtaken by a call that does succeed. *)
Trusts(p, b, says) == says = "settled" \/ (says = "rejected" /\ (p.sent[b] = 1 \/ Broken("trust-any-rejected")))

(* One more call without an answer that could be used; at the limit it is given up: turn, or wait for an operator. *)
Unanswered(p, b, mayTurn) ==
    LET counted == [p EXCEPT !.tries[b] = @ + 1]
    IN  IF counted.tries[b] < Attempts THEN counted
        ELSE IF mayTurn THEN [p EXCEPT !.branch[b] = "FAILED"]
        ELSE [counted EXCEPT !.stuck = @ \cup {b}]

AfterForward(p, b, says) ==
    CASE says = "done" -> [p EXCEPT !.branch[b] = "DONE", !.tries[b] = 0]
      [] says = "unknown" -> Unanswered(p, b, ~(b = Pivot \/ IsAfterPivot(b)))
      [] IsAfterPivot(b) -> [p EXCEPT !.stuck = @ \cup {b}]
      [] Trusts(p, b, says) -> [p EXCEPT !.branch[b] = "REJECTED"]
      [] b = Pivot -> Unanswered(p, b, FALSE)
      [] OTHER -> [p EXCEPT !.branch[b] = "FAILED"]

AfterSettling(p, b, says, result) ==
    CASE says = "done" -> [p EXCEPT !.branch[b] = result, !.tries[b] = 0]
      [] says = "unknown" -> Unanswered(p, b, FALSE)
      [] OTHER -> [p EXCEPT !.stuck = @ \cup {b}]

Learn(i, b, says) ==
    LET p == mem[i].p
        op == mem[i].awaits[b].op
        after == CASE op = "forward" -> AfterForward(p, b, says)
                   [] op = "completion" -> AfterSettling(p, b, says, "CONFIRMED")
                   [] op = "undo" -> AfterSettling(p, b, says, "UNDONE")
    IN  mem' = [mem EXCEPT ![i].p = after, ![i].awaits[b] = Nothing]

(* The call, or its answer, is lost or late. The call itself may still arrive. *)
TimeOut(i, b) ==
    /\ Works(i) /\ mem[i].awaits[b] # Nothing
    /\ Learn(i, b, "unknown")
    /\ UNCHANGED <<row, life, asked, calls, part, told, left>>

(* The decision to undo: once, and with no call of its own under way. What was never called is left alone. *)
Turned(p) == [p EXCEPT !.state = "UNDOING",
                       !.branch = [b \in Branch |-> IF p.branch[b] = "PENDING" THEN "SKIPPED" ELSE p.branch[b]],
                       !.tries = [b \in Branch |-> 0],
                       !.sent = [b \in Branch |-> 0],      \* nobody asks any more
                       !.stuck = {}]

IsAllDone(p) == \A b \in Branch : p.branch[b] = "DONE"
IsRefused(p) == \E b \in Branch : p.branch[b] \in {"REJECTED", "FAILED"}

(* A refusal turns it; before the pivot a deadline or an abort does, too. *)
Turn(i) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "RUNNING" /\ ~IsAwaiting(i)
        /\ IsRefused(p) \/ ~p.pivot
        /\ Becomes(i, Turned(p))
        /\ UNCHANGED <<row, life, asked, calls, part, told, left>>

(* All is done: a saga ends with that, a TCC transaction is decided and goes on to confirm. *)
Complete(i) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "RUNNING" /\ IsAllDone(p)
        /\ Becomes(i, [p EXCEPT !.state = IF HasCompletion THEN "COMPLETING" ELSE "SUCCEEDED"])
        /\ told' = IF Broken("L5") /\ ~HasCompletion THEN told \cup {"SUCCEEDED"} ELSE told
        /\ UNCHANGED <<row, life, asked, calls, part, left>>

(* Every branch is settled. *)
End(i) ==
    LET p == mem[i].p
    IN  /\ Works(i)
        /\ \/ /\ p.state = "COMPLETING" /\ \A b \in Branch : ~NeedsCompletion(p, b)
              /\ Becomes(i, [p EXCEPT !.state = "SUCCEEDED"])
           \/ /\ p.state = "UNDOING" /\ \A b \in Branch : ~NeedsUndo(p, b)
              /\ Becomes(i, [p EXCEPT !.state = "ABORTED"])
        /\ UNCHANGED <<row, life, asked, calls, part, told, left>>

(* Progress is written behind, at any time, or because something waits for it. One write for all that is new. *)
Flush(i) ==
    /\ Works(i) /\ mem[i].p # row.p /\ mem[i].p.state \notin Ends
    /\ Write(i, [row EXCEPT !.p = mem[i].p], TRUE)
    /\ UNCHANGED <<life, asked, calls, part, left>>

Finish(i) ==
    /\ Works(i) /\ mem[i].p.state \in Ends
    /\ Write(i, [row EXCEPT !.p = mem[i].p, !.kind = "finished", !.owner = Nobody], FALSE)
    /\ UNCHANGED <<life, asked, calls, part, left>>

(* Nothing can be called now, or not for long. The row is let go, with no call under way: what it says is all that was ever called.    *)
(* It is due at some time, or waits for an operator. *)
IsFree(p) == p.state \in {"RUNNING", "COMPLETING", "UNDOING"} /\ ~(p.state = "RUNNING" /\ (IsAllDone(p) \/ IsRefused(p)))
CouldGoOn(p) ==
    \/ p.state = "RUNNING" /\ \E b \in Branch \ p.stuck : /\ p.branch[b] \in {"PENDING", "CALLED"}
                                                           /\ \A a \in Earlier(b) : p.branch[a] = "DONE"
    \/ p.state = "COMPLETING" /\ \E b \in Branch \ p.stuck : NeedsCompletion(p, b)
    \/ p.state = "UNDOING" /\ \E b \in Branch \ p.stuck : NeedsUndo(p, b) /\ \A a \in Later(b) : ~NeedsUndo(p, a)

Rest(i, due, parked) ==
    /\ Works(i) /\ ~IsAwaiting(i) /\ IsFree(mem[i].p)
    /\ Write(i, [row EXCEPT !.p = mem[i].p, !.owner = Nobody, !.rev = @ + 1, !.due = due, !.parked = parked, !.exact = TRUE], FALSE)

Park(i) ==
    /\ Rest(i, FALSE, "stuck")
    /\ mem[i].p.stuck # {} /\ ~CouldGoOn(mem[i].p)
    /\ UNCHANGED <<life, asked, calls, part, left>>

Sleep(i) ==
    /\ left.naps > 0
    /\ Rest(i, ~Broken("L6"), "no")
    /\ CouldGoOn(mem[i].p)
    /\ left' = [left EXCEPT !.naps = @ - 1]
    /\ UNCHANGED <<life, asked, calls, part>>

---------------------------------------------------------------------------
(* Taking over *)

(* What a dead owner may have called: every branch without a recorded outcome, save those behind a gate that is always made durable    *)
(* first and is not on record; and what comes after those. (Suspicion.of) *)
IsCertainlyUncalled(p, b) ==
    \E a \in Branch : /\ a = b \/ a \in Earlier(b)
                      /\ p.branch[a] = "PENDING"
                      /\ \/ a = Pivot /\ ~p.pivot
                         \/ a \in Readers /\ p.branch[a - 1] # "DONE"

Suspected(p) ==
    LET isSuspect(b) == p.branch[b] \in {"PENDING", "CALLED"} /\ ~IsCertainlyUncalled(p, b)
    IN  IF p.state # "RUNNING" \/ Broken("pending-read-as-uncalled") THEN p
        ELSE [p EXCEPT !.branch = [b \in Branch |-> IF isSuspect(b) THEN "CALLED" ELSE p.branch[b]],
                       !.sent = [b \in Branch |-> IF isSuspect(b) THEN 2 ELSE p.sent[b]]]

Take(i, p) ==
    /\ life[i].runs /\ life[i].lease /\ ~life[i].dead
    /\ ~Holds(i)
    /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1, !.due = FALSE, !.parked = "no", !.exact = FALSE]
    /\ mem' = [mem EXCEPT ![i] = Held(p, row.rev + 1)]

(* Rows of an incarnation that was declared dead. *)
Adopt(i) ==
    /\ IsOpen /\ row.owner # Nobody /\ row.owner # i /\ life[row.owner].dead /\ ~Broken("dead-owners-rows-left")
    /\ Take(i, Suspected(row.p))
    /\ UNCHANGED <<life, asked, calls, part, told, left>>

(* Rows that are due and nobody's. One that was put to rest tells all that was ever called; one that was only marked does not. *)
Claim(i) ==
    /\ IsOpen /\ row.owner = Nobody /\ row.due
    /\ Take(i, IF row.exact THEN row.p ELSE Suspected(row.p))
    /\ UNCHANGED <<life, asked, calls, part, told, left>>

---------------------------------------------------------------------------
(* Operators. Each act takes the row as a claim does. *)

(* What is stuck is called anew. What was sent stays counted. *)
Retry(i) ==
    LET p == IF row.exact THEN row.p ELSE Suspected(row.p)
    IN  /\ IsOpen /\ row.owner = Nobody /\ row.parked = "stuck" /\ left.acts > 0
        /\ Take(i, [p EXCEPT !.stuck = {},
                             !.tries = [b \in Branch |-> IF b \in p.stuck THEN 0 ELSE p.tries[b]],
                             !.sent = IF Broken("retry-makes-attempt-first") THEN [b \in Branch |-> 0] ELSE @])
        /\ left' = [left EXCEPT !.acts = @ - 1]
        /\ UNCHANGED <<life, asked, calls, part, told>>

(* "This call never happened." That turns the transaction; the branch is undone all the same, so that a late call finds a tombstone. *)
ResolveNeverHappened(i, b) ==
    LET p == mem[i].p
    IN  /\ Works(i) /\ p.state = "RUNNING" /\ ~p.pivot /\ left.acts > 0
        /\ p.branch[b] = "CALLED" /\ mem[i].awaits[b] = Nothing
        /\ LET resolved == [p EXCEPT !.branch[b] = "FAILED"]
           IN  IF Broken("never-happened-without-tombstone")
               THEN ~IsAwaiting(i) /\ Becomes(i, [Turned(resolved) EXCEPT !.branch[b] = "SKIPPED"])
               ELSE Becomes(i, resolved)
        /\ left' = [left EXCEPT !.acts = @ - 1]
        /\ UNCHANGED <<row, life, asked, calls, part, told>>

(* `entente recover`: after a failover, when somebody has looked. *)
Release(i) ==
    /\ IsOpen /\ row.parked = "failover" /\ row.owner = Nobody /\ left.acts > 0
    /\ row' = [row EXCEPT !.parked = "no", !.due = TRUE]
    /\ left' = [left EXCEPT !.acts = @ - 1]
    /\ UNCHANGED <<life, mem, asked, calls, part, told>>

---------------------------------------------------------------------------
(* Participants. They bear what the network does to them: see ../participants.md. *)

(* Whoever still waits for this call may hear the answer, or not. (An answer that comes late is a call that arrives again: by then it *)
(* is answered the same, or undone.)                                                                                                   *)
Answer(c, says) ==
    \/ mem' = mem
    \/ \E i \in Incarnation : Works(i) /\ mem[i].awaits[c.branch] = c /\ Learn(i, c.branch, says)

(* The same call again has the same answer. Without a stored verdict another attempt may come to another: there is stock again. *)
ArriveForward(c) ==
    LET b == c.branch
        me == part[b]
        do == part' = [part EXCEPT ![b].fwd = "done"] /\ Answer(c, "done")
        forget == part' = [part EXCEPT ![b].noes = @ \cup {c}]
        refuse == \/ b \notin Settlers /\ forget /\ Answer(c, "rejected")
                  \/ b \in Settlers /\ ~Broken("barrier-without-verdicts")
                     /\ part' = [part EXCEPT ![b].fwd = "refused"] /\ Answer(c, "settled")
                  \/ b \in Settlers /\ Broken("barrier-without-verdicts") /\ forget /\ Answer(c, "settled")
    IN  CASE me.fwd = "undone"  -> part' = part /\ Answer(c, "failed")
          [] me.fwd = "done"    -> part' = part /\ Answer(c, "done")
          [] me.fwd = "refused" -> part' = part /\ Answer(c, "settled")
          [] me.fwd = "new" /\ c \in me.noes -> refuse
          [] OTHER -> do \/ (b \in Refusers /\ refuse)

(* An undo leaves a tombstone, whether or not there was anything to undo: a forward call that comes later is refused. *)
ArriveUndo(c) == part' = [part EXCEPT ![c.branch].fwd = "undone"] /\ Answer(c, "done")

(* A completion of what was never seen is refused. *)
ArriveCompletion(c) ==
    IF part[c.branch].fwd = "done"
    THEN part' = [part EXCEPT ![c.branch].completed = TRUE] /\ Answer(c, "done")
    ELSE part' = part /\ Answer(c, "failed")

Arrive(c) ==
    /\ CASE c.op = "forward" -> ArriveForward(c) [] c.op = "undo" -> ArriveUndo(c) [] c.op = "completion" -> ArriveCompletion(c)
    /\ UNCHANGED <<row, life, asked, calls, told, left>>

---------------------------------------------------------------------------
(* Life and death of incarnations *)

Other(i) == CHOOSE j \in Incarnation : j # i

(* Two incarnations are enough to show everything, as long as one is left. *)
MayFail(i) == left.faults > 0 /\ life[Other(i)].runs /\ ~life[Other(i)].dead

(* kill -9. A submit that is under way may still reach the database. *)
Crash(i) ==
    /\ life[i].runs /\ MayFail(i)
    /\ life' = [life EXCEPT ![i].runs = FALSE, ![i].lease = FALSE]
    /\ mem' = [mem EXCEPT ![i] = Nothing]
    /\ left' = [left EXCEPT !.faults = @ - 1]
    /\ UNCHANGED <<row, asked, calls, part, told>>

(* The lease lapses, by the incarnation's own clock: it was stopped, or cut off from the database. It still runs: a zombie. It decides *)
(* and writes as before, and only the fence and the lease stand between it and the world. *)
Lapse(i) ==
    /\ life[i].runs /\ life[i].lease /\ MayFail(i)
    /\ life' = [life EXCEPT ![i].lease = FALSE]
    /\ left' = [left EXCEPT !.faults = @ - 1]
    /\ UNCHANGED <<row, mem, asked, calls, part, told>>

Renew(i) ==
    /\ life[i].runs /\ ~life[i].lease
    /\ ~life[i].dead \/ Broken("renewal-after-death")
    /\ life' = [life EXCEPT ![i].lease = TRUE]
    /\ UNCHANGED <<row, mem, asked, calls, part, told, left>>

(* An observer sees no beat for a whole lease, or that the process is gone. By then the lease has lapsed by its holder's clock, for    *)
(* the holder counts from before it sent the renewal. *)
DeclareDead(i) ==
    /\ ~life[i].dead /\ ~life[i].lease
    /\ life[Other(i)].runs /\ life[Other(i)].lease
    /\ life' = [life EXCEPT ![i].dead = TRUE]
    /\ UNCHANGED <<row, mem, asked, calls, part, told, left>>

(* The refused renewal: this incarnation is over. The process goes on under another number, which is not shown. *)
Expire(i) ==
    /\ life[i].runs /\ life[i].dead
    /\ life' = [life EXCEPT ![i].runs = FALSE, ![i].lease = FALSE]
    /\ mem' = [mem EXCEPT ![i] = Nothing]
    /\ UNCHANGED <<row, asked, calls, part, told, left>>

(* The database moved to a standby that may lack commits. Every incarnation begins anew, and whatever is open waits for a person: not  *)
(* even a deadline moves it. *)
FailOver ==
    /\ Failovers /\ left.faults > 0 /\ IsOpen
    /\ row' = [row EXCEPT !.owner = Nobody, !.rev = @ + 1, !.parked = "failover", !.due = Broken("deadline-over-failover"),
                          !.exact = FALSE]
    /\ mem' = [i \in Incarnation |-> Nothing]
    /\ left' = [left EXCEPT !.faults = @ - 1]
    /\ UNCHANGED <<life, asked, calls, part, told>>

---------------------------------------------------------------------------
(* Everything that happens *)

(* What coordinators do by themselves. *)
Work ==
    \/ \E i \in Incarnation :
        \/ Accept(i)
        \/ RecordPivot(i) \/ Turn(i) \/ Complete(i) \/ End(i)
        \/ Flush(i) \/ Finish(i) \/ Park(i) \/ Sleep(i)
        \/ Adopt(i) \/ Claim(i) \/ Renew(i) \/ DeclareDead(i) \/ Expire(i)
        \/ \E b \in Branch : CallForward(i, b) \/ CallCompletion(i, b) \/ CallUndo(i, b) \/ TimeOut(i, b)

(* What the world does to them. *)
World ==
    \/ FailOver
    \/ \E c \in calls : Arrive(c)
    \/ \E i \in Incarnation :
        \/ Submit(i) \/ Crash(i) \/ Lapse(i) \/ TakeDoubtForFailure(i)
        \/ Retry(i) \/ Release(i) \/ \E b \in Branch : ResolveNeverHappened(i, b)

Next == Work \/ World

(* The coordinators go on as long as they can. Nothing is asked of the network, of participants, clients or operators. *)
Spec == Init /\ [][Next]_vars /\ WF_vars(Work)

---------------------------------------------------------------------------
(* The laws of ../laws.md *)

IsDecided(state) == row.p.state \in IF state = "UNDOING" THEN {"UNDOING", "ABORTED"} ELSE {"COMPLETING", "SUCCEEDED"}

(* What was answered OK is durable, and what was refused for certain is not there. No call leaves before its transaction is durable. *)
L1 ==
    /\ "accepted" \in told => row.kind # "none"
    /\ "refused" \in told => row.kind = "none"
    /\ "UNDOING" \in told => IsDecided("UNDOING")
    /\ "COMPLETING" \in told => IsDecided("COMPLETING")
    /\ calls # {} => row.kind # "none"

(* No completion and no undo leaves before its decision is durable; no pivot call before it is on record that it may. *)
L2 == \A c \in calls :
    /\ c.op = "undo" => IsDecided("UNDOING")
    /\ c.op = "completion" => IsDecided("COMPLETING")
    /\ c.op = "forward" /\ c.branch = Pivot => row.p.pivot

(* A response that a later call reads is durable before that call leaves. *)
L3 == \A c \in calls : c.op = "forward" /\ c.branch \in Readers => row.p.branch[c.branch - 1] \in {"DONE", "UNDONE"}

(* No call starts after the lease has lapsed; no write of one who does not hold the row changes it. *)
L4 == ~row.usurped /\ \A c \in calls : ~c.tooLate

(* An end is durable before anybody is told of it, and never changes. *)
L5 == \A end \in Ends : end \in told => IsEnded /\ row.p.state = end
L5Forever == [][IsEnded => row' = row]_row

(* Every open row is somebody's, or due, or parked. If its owner lives, it has it in memory, or is about to hear that it does; and no  *)
(* two who live have it. *)
IsAlive(i) == life[i].runs /\ life[i].lease
L6 ==
    /\ IsOpen => row.owner # Nobody \/ row.due \/ row.parked # "no"
    /\ IsOpen /\ row.owner # Nobody /\ IsAlive(row.owner) => Holds(row.owner)
    /\ ~\A i \in Incarnation : IsAlive(i) /\ Holds(i)

(* What the laws are for. It holds from the end on for ever, whatever still arrives. *)
Stands(b) == part[b].fwd = "done"
AllOrNothing ==
    IsEnded => \A b \in Branch :
        /\ row.p.state = "SUCCEEDED" => Stands(b) /\ (HasCompletion => part[b].completed)
        /\ row.p.state = "ABORTED" => ~Stands(b)

(* After a failover nothing moves until a person has said so. *)
FailoverWaits == [][row.parked = "failover" => row' = row \/ left'.acts < left.acts]_vars

(* Every accepted transaction ends, or stands parked. *)
Termination == row.kind = "open" ~> (row.kind = "finished" \/ row.parked # "no")
============================================================================
