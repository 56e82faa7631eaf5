------------------------------ MODULE Joining ------------------------------
(***************************************************************************)
(* Branches that join a TCC transaction after it was accepted, in the two  *)
(* ways there are:                                                         *)
(*                                                                         *)
(* - Interactive: the client begins, registers each branch, tries it       *)
(*   itself, and then decides; or is never heard of again, and the         *)
(*   deadline decides. While the client has its say the row is nobody's,   *)
(*   so anybody may register and anybody may decide: the row settles the   *)
(*   race.                                                                 *)
(*                                                                         *)
(* - Nested: the owner tries branch 1, and while that try is unanswered    *)
(*   its participant registers branch 2 below it, and tries that. Its      *)
(*   answer names the child if that was tried with success; a careless     *)
(*   participant answers although it was not.                              *)
(*                                                                         *)
(* What is shown: no branch whose registration was answered OK is left out *)
(* of the decision, none is confirmed that was never tried, and all stand  *)
(* or none does. What the owner does with one that does not join is in     *)
(* Entente; here crashes and stalls are one action, TakeOver: the former   *)
(* owner goes on as a zombie, or does nothing, as if it were dead.         *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
    Nested,        \* the second way
    TakeOvers,     \* how often the row may change hands for another reason than an act
    Mutant         \* the rule that is forgotten, or "none"

Broken(rule) == Mutant = rule

Branch == {1, 2}
Parent == 1
Child == 2
Incarnation == {1, 2}
Nobody == 0

VARIABLES
    row,        \* all that is durable. plan: the branches; list: how far each is, as the decision found it
    mem,        \* of each incarnation: what it has read of the row, or has taken
    calls,      \* every call that ever left; each may arrive at any time, any number of times
    part,       \* of each branch: new, tried, refused (the verdict is stored), confirmed, cancelled
    asker,      \* who registers: the client, or the parent's participant. registered: what was answered OK; tried: what it saw succeed. names: the children that the answer of the parent's try names
    left        \* how many more takeovers there may be

vars == <<row, mem, calls, part, asker, left>>

Nothing == [kind |-> "nothing"]
Fresh == [b \in Branch |-> "PENDING"]
Held(state, plan, list, rev) == [kind |-> "held", state |-> state, plan |-> plan, list |-> list, rev |-> rev, trying |-> FALSE]

Init ==
    /\ row = [kind |-> "open", parked |-> FALSE, rev |-> 1, list |-> Fresh,
              state |-> IF Nested THEN "RUNNING" ELSE "BEGUN",
              plan |-> IF Nested THEN {Parent} ELSE {},
              owner |-> IF Nested THEN 1 ELSE Nobody]
    /\ mem = [i \in Incarnation |->
                IF Nested /\ i = 1 THEN Held("RUNNING", {Parent}, Fresh, 1) ELSE Nothing]
    /\ calls = {}
    /\ part = [b \in Branch |-> "new"]
    /\ asker = [asks |-> FALSE, registered |-> {}, tried |-> {}, names |-> {}, said |-> "nothing", told |-> {}]
    /\ left = TakeOvers

Holds(i) == mem[i].kind = "held"
IsOpen == row.kind = "open"
IsFenced(i) == IsOpen /\ row.owner = i /\ row.rev = mem[i].rev

(* A write of the owner: `where owner = me and rev = :expected`, and rev + 1. Refused, it drops what it has. *)
Write(i, written, kept) ==
    IF IsFenced(i)
    THEN row' = [written EXCEPT !.rev = row.rev + 1] /\ mem' = [mem EXCEPT ![i] = kept]
    ELSE row' = row /\ mem' = [mem EXCEPT ![i] = Nothing]

---------------------------------------------------------------------------
(* Interactive: the client *)

(* `update … set plan = plan || :branch, rev = rev + 1 where state = BEGUN and owner is null`: who decided on what it read before      *)
(* finds another rev.                                                                                                                  *)
Register(b) ==
    /\ ~Nested /\ asker.said = "nothing" /\ b \notin asker.registered
    /\ IsOpen /\ row.state = "BEGUN" /\ ~row.parked
    /\ row.owner = Nobody \/ Broken("register-by-state-alone")
    /\ row' = [row EXCEPT !.plan = @ \cup {b}, !.rev = IF Broken("register-by-state-alone") THEN @ ELSE @ + 1]
    /\ asker' = [asker EXCEPT !.registered = @ \cup {b}]
    /\ UNCHANGED <<mem, calls, part, left>>

(* Registered first, tried then. It may go on trying after it has given up waiting for anything else. *)
TryByClient(b) ==
    /\ ~Nested /\ b \in asker.registered
    /\ calls' = calls \cup {[op |-> "try", branch |-> b]}
    /\ UNCHANGED <<row, mem, part, asker, left>>

(* Its commit carries the names that it saw succeed. It says one thing, as often as it has to. *)
Say(what) ==
    /\ ~Nested /\ asker.said = "nothing"
    /\ asker' = [asker EXCEPT !.said = what]
    /\ UNCHANGED <<row, mem, calls, part, left>>

(* Interactive: the coordinator *)

(* An act comes to a row that nobody holds: it is read first. *)
Read(i) ==
    /\ asker.said # "nothing" /\ mem[i] = Nothing
    /\ IsOpen /\ row.state = "BEGUN" /\ row.owner = Nobody
    /\ mem' = [mem EXCEPT ![i] = [kind |-> "read", plan |-> row.plan, rev |-> row.rev]]
    /\ UNCHANGED <<row, calls, part, asker, left>>

(* The list of a decision: every branch of the plan that was read, as done or as may-be. *)
Listed(plan, state) == [b \in Branch |-> IF b \in plan THEN state ELSE "PENDING"]
Decided(plan, state, how, rev) == Held(state, plan, Listed(plan, how), rev)

(* The write that decides takes the row: `where owner is null and rev = :read`. Zero rows: read again. *)
TakeAndDecide(i, state, how) ==
    IF row.owner = Nobody /\ row.state = "BEGUN" /\ row.rev = mem[i].rev
    THEN /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1, !.state = state, !.list = Listed(mem[i].plan, how)]
         /\ mem' = [mem EXCEPT ![i] = Decided(mem[i].plan, state, how, row.rev + 1)]
         /\ asker' = [asker EXCEPT !.told = @ \cup {state}]
    ELSE row' = row /\ asker' = asker /\ mem' = [mem EXCEPT ![i] = Nothing]

(* A branch that is not among those tried with success refuses the commit, and nothing is decided. *)
Commit(i) ==
    /\ mem[i].kind = "read" /\ asker.said = "commit"
    /\ mem[i].plan \subseteq asker.tried \/ Broken("untried-branch-confirmed")
    /\ TakeAndDecide(i, "COMPLETING", "DONE")
    /\ UNCHANGED <<calls, part, left>>

Refuse(i) ==
    /\ mem[i].kind = "read" /\ asker.said = "commit" /\ ~(mem[i].plan \subseteq asker.tried)
    /\ mem' = [mem EXCEPT ![i] = Nothing]
    /\ asker' = [asker EXCEPT !.said = "abort"]
    /\ UNCHANGED <<row, calls, part, left>>

Abort(i) ==
    /\ mem[i].kind = "read" /\ asker.said = "abort"
    /\ TakeAndDecide(i, "UNDOING", "CALLED")
    /\ UNCHANGED <<calls, part, left>>

(* The deadline: claimed, and then decided. In between the row is somebody's: register and act go to the owner. *)
ClaimForDeadline(i) ==
    /\ IsOpen /\ row.state = "BEGUN" /\ row.owner = Nobody /\ ~Holds(i)
    /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1]
    /\ mem' = [mem EXCEPT ![i] = Held("BEGUN", row.plan, Fresh, row.rev + 1)]
    /\ UNCHANGED <<calls, part, asker, left>>

DecideByDeadline(i) ==
    LET m == mem[i]
    IN  /\ Holds(i) /\ m.state = "BEGUN"
        /\ Write(i, [row EXCEPT !.state = "UNDOING", !.list = Listed(m.plan, "CALLED")],
                 Decided(m.plan, "UNDOING", "CALLED", row.rev + 1))
        /\ UNCHANGED <<calls, part, asker, left>>

---------------------------------------------------------------------------
(* Nested *)

TryParent(i) ==
    /\ Nested /\ Holds(i) /\ mem[i].state = "RUNNING" /\ ~mem[i].trying /\ mem[i].list[Parent] \in {"PENDING", "CALLED"}
    /\ calls' = calls \cup {[op |-> "try", branch |-> Parent]}
    /\ mem' = [mem EXCEPT ![i].trying = TRUE, ![i].list[Parent] = "CALLED"]
    /\ UNCHANGED <<row, part, asker, left>>

(* The participant's registration comes to the owner, who lets it in only while the parent's try is unanswered. *)
RegisterChild(i) ==
    /\ Nested /\ asker.asks /\ Child \notin asker.registered
    /\ Holds(i) /\ mem[i].state = "RUNNING" /\ mem[i].trying
    /\ Write(i, [row EXCEPT !.plan = @ \cup {Child}, !.list = mem[i].list],
             [mem[i] EXCEPT !.plan = @ \cup {Child}, !.rev = row.rev + 1])
    /\ asker' = IF IsFenced(i) THEN [asker EXCEPT !.registered = {Child}] ELSE asker
    /\ UNCHANGED <<calls, part, left>>

TryChild ==
    /\ Nested /\ Child \in asker.registered /\ part[Parent] = "new"
    /\ calls' = calls \cup {[op |-> "try", branch |-> Child]}
    /\ UNCHANGED <<row, mem, part, asker, left>>

(* What the parent's try came to; one that times out is given up at once here, and tried again only by a successor. *)
(* child has no outcome of its own: it is done if its parent is, and may have been tried otherwise, even below a parent whose no is    *)
(* believed. *)
ParentIs(m, state) == [m EXCEPT !.list[Parent] = state, !.trying = FALSE]

TimeOut(i) ==
    /\ Nested /\ Holds(i) /\ mem[i].trying
    /\ mem' = [mem EXCEPT ![i] = ParentIs(mem[i], "FAILED")]
    /\ UNCHANGED <<row, calls, part, asker, left>>

DecideNested(i) ==
    LET m == mem[i]
        completes == m.list[Parent] = "DONE"
        child == IF Child \notin m.plan THEN "PENDING"
                 ELSE IF completes THEN "DONE"
                 ELSE IF Broken("children-of-rejected-left") /\ m.list[Parent] = "REJECTED" THEN "SKIPPED"
                 ELSE "CALLED"
        list == [m.list EXCEPT ![Child] = child]
        state == IF completes THEN "COMPLETING" ELSE "UNDOING"
    IN  /\ Nested /\ Holds(i) /\ m.state = "RUNNING" /\ ~m.trying
        /\ m.list[Parent] \in {"DONE", "REJECTED", "FAILED"}
        /\ Write(i, [row EXCEPT !.state = state, !.list = list], [m EXCEPT !.state = state, !.list = list, !.rev = row.rev + 1])
        /\ UNCHANGED <<calls, part, asker, left>>

---------------------------------------------------------------------------
(* Settling, the same for both: parents are confirmed before their children, and cancelled after them *)

Needs(m, b) == IF m.state = "COMPLETING" THEN m.list[b] = "DONE" ELSE m.list[b] \in {"CALLED", "DONE", "FAILED"}
IsItsTurn(m, b) ==
    Nested => IF m.state = "COMPLETING" THEN b = Child => ~Needs(m, Parent) ELSE b = Parent => ~Needs(m, Child)

Settle(i, b) ==
    /\ Holds(i) /\ mem[i].state \in {"COMPLETING", "UNDOING"} /\ Needs(mem[i], b) /\ IsItsTurn(mem[i], b)
    /\ calls' = calls \cup {[op |-> IF mem[i].state = "COMPLETING" THEN "confirm" ELSE "cancel", branch |-> b]}
    /\ UNCHANGED <<row, mem, part, asker, left>>

(* Refused, or never answered. *)
Park(i) ==
    /\ Holds(i) /\ mem[i].state \in {"COMPLETING", "UNDOING"}
    /\ Write(i, [row EXCEPT !.owner = Nobody, !.parked = TRUE, !.list = mem[i].list], Nothing)
    /\ UNCHANGED <<calls, part, asker, left>>

End(i) ==
    LET m == mem[i]
    IN  /\ Holds(i) /\ m.state \in {"COMPLETING", "UNDOING"} /\ \A b \in Branch : ~Needs(m, b)
        /\ Write(i, [row EXCEPT !.kind = "finished", !.owner = Nobody, !.list = m.list,
                                !.state = IF m.state = "COMPLETING" THEN "SUCCEEDED" ELSE "ABORTED"], Nothing)
        /\ UNCHANGED <<calls, part, asker, left>>

(* The owner died or stalled. Its successor sees what is durable; the parent's try may have left. The one before may go on as a zombie. *)
TakeOver(i) ==
    /\ left > 0 /\ IsOpen /\ row.owner \notin {Nobody, i}
    /\ left' = left - 1
    /\ row' = [row EXCEPT !.owner = i, !.rev = @ + 1]
    /\ mem' = [mem EXCEPT ![i] = Held(row.state, row.plan,
                                         IF row.state = "RUNNING" THEN [row.list EXCEPT ![Parent] = "CALLED"] ELSE row.list,
                                         row.rev + 1)]
    /\ UNCHANGED <<calls, part, asker>>

---------------------------------------------------------------------------
(* Participants, with a barrier: the same call has the same answer, and what was cancelled refuses its try *)

Hear(c, state) ==
    \/ UNCHANGED mem
    \/ \E i \in Incarnation : /\ Holds(i) /\ mem[i].state \in {"COMPLETING", "UNDOING"} /\ Needs(mem[i], c.branch)
                              /\ mem' = [mem EXCEPT ![i].list[c.branch] = state]

HearParent(state) ==
    \/ UNCHANGED mem
    \/ \E i \in Incarnation : Holds(i) /\ mem[i].trying /\ mem' = [mem EXCEPT ![i] = ParentIs(mem[i], state)]

(* A child that joined and is not named by the parent's answer dooms the parent: it counts as one that failed. *)
HearDone(names) ==
    \/ UNCHANGED mem
    \/ \E i \in Incarnation :
        LET isLeftOut == Child \in mem[i].plan /\ Child \notin names /\ ~Broken("unnamed-child-confirmed")
        IN  Holds(i) /\ mem[i].trying /\ mem' = [mem EXCEPT ![i] = ParentIs(mem[i], IF isLeftOut THEN "FAILED" ELSE "DONE")]

(* The parent's handler registers a child and tries it, and is done when that is; a careless one takes no notice of it. At any moment  *)
(* before it may say no. Its verdict is stored with what it names.                                                                     *)
ArriveAtParent ==
    CASE part[Parent] = "tried"   -> HearDone(asker.names) /\ UNCHANGED <<part, asker>>
      [] part[Parent] = "refused" -> HearParent("REJECTED") /\ UNCHANGED <<part, asker>>
      [] part[Parent] = "new" ->
           \/ asker' = [asker EXCEPT !.asks = TRUE] /\ UNCHANGED <<mem, part>>
           \/ /\ part[Child] = "tried" /\ part' = [part EXCEPT ![Parent] = "tried"]
              /\ asker' = [asker EXCEPT !.names = {Child}] /\ HearDone({Child})
           \/ part' = [part EXCEPT ![Parent] = "tried"] /\ HearDone({}) /\ UNCHANGED asker
           \/ part' = [part EXCEPT ![Parent] = "refused"] /\ HearParent("REJECTED") /\ UNCHANGED asker
      [] OTHER -> UNCHANGED <<mem, part, asker>>

ArriveTry(b) ==
    /\ part' = IF part[b] = "new" THEN [part EXCEPT ![b] = "tried"] ELSE part
    /\ asker' \in IF part'[b] = "tried" THEN {asker, [asker EXCEPT !.tried = @ \cup {b}]} ELSE {asker}     \* heard, or not
    /\ UNCHANGED mem

Arrive(c) ==
    /\ c \in calls
    /\ CASE c.op = "try" /\ Nested /\ c.branch = Parent -> ArriveAtParent
         [] c.op = "try" -> ArriveTry(c.branch)
         [] c.op = "cancel" -> part' = [part EXCEPT ![c.branch] = "cancelled"] /\ Hear(c, "UNDONE") /\ UNCHANGED asker
         [] c.op = "confirm" /\ part[c.branch] \in {"tried", "confirmed"} ->
                part' = [part EXCEPT ![c.branch] = "confirmed"] /\ Hear(c, "CONFIRMED") /\ UNCHANGED asker
         [] OTHER -> UNCHANGED <<mem, part, asker>>
    /\ UNCHANGED <<row, calls, left>>

---------------------------------------------------------------------------
Work ==
    \E i \in Incarnation :
        \/ Read(i) \/ Commit(i) \/ Refuse(i) \/ Abort(i) \/ ClaimForDeadline(i) \/ DecideByDeadline(i)
        \/ TryParent(i) \/ TimeOut(i) \/ DecideNested(i) \/ End(i) \/ Park(i)

World ==
    \/ TryChild
    \/ \E what \in {"commit", "abort"} : Say(what)
    \/ \E b \in Branch : Register(b) \/ TryByClient(b)
    \/ \E c \in calls : Arrive(c)
    \/ \E i \in Incarnation : TakeOver(i) \/ RegisterChild(i) \/ \E b \in Branch : Settle(i, b)

Next == Work \/ World

Spec == Init /\ [][Next]_vars /\ WF_vars(Work)

---------------------------------------------------------------------------
IsDecided(state) == row.state \in IF state = "UNDOING" THEN {"UNDOING", "ABORTED"} ELSE {"COMPLETING", "SUCCEEDED"}

(* A registration and a decision that were answered OK are durable, and no try leaves before its branch is. *)
L1 ==
    /\ asker.registered \subseteq row.plan
    /\ \A c \in calls : c.branch \in row.plan
    /\ \A state \in asker.told : IsDecided(state)

L2 == \A c \in calls : (c.op = "confirm" => IsDecided("COMPLETING")) /\ (c.op = "cancel" => IsDecided("UNDOING"))

L6 == IsOpen => row.owner # Nobody \/ row.parked \/ row.state = "BEGUN"     \* until it is decided its deadline makes it due

(* The decision knows every branch that was let in. *)
NoneLeftOut == row.state \notin {"BEGUN", "RUNNING"} => \A b \in row.plan : row.list[b] # "PENDING"

(* No confirm is asked of a participant that never saw its try. *)
ConfirmedWasTried == \A c \in calls : c.op = "confirm" => part[c.branch] \in {"tried", "confirmed"}

AllOrNothing ==
    row.kind = "finished" => \A b \in row.plan :
        /\ row.state = "SUCCEEDED" => part[b] = "confirmed"
        /\ row.state = "ABORTED" => part[b] \notin {"tried", "confirmed"}

L5Forever == [][row.kind = "finished" => row' = row]_row

Termination == row.kind = "open" ~> (row.kind = "finished" \/ row.parked)
============================================================================
