#!/usr/bin/env python3
"""Makes NN.patch from edits of src/, one rule taken away each. Run in a clean worktree: make.py TREE"""
import subprocess, sys, os
tree = sys.argv[1]; here = os.path.dirname(os.path.abspath(__file__))
def edits(n, *changes):
    subprocess.run(['git','checkout','-q','--','src'],cwd=tree,check=True)
    for path, old, new in changes:
        p=f'{tree}/{path}'
        try: s=open(p).read()
        except FileNotFoundError: print(n,'NO FILE',path); return
        if old not in s: print(n,'NOT FOUND',path,old[:60]); return
        open(p,'w').write(s.replace(old,new,1))
    d=subprocess.run(['git','diff','--','src'],cwd=tree,capture_output=True,text=True,check=True).stdout
    open(f'{here}/{n:02}.patch','w').write(d); print(n,'made')
    subprocess.run(['git','checkout','-q','--','src'],cwd=tree,check=True)
# 1: every mark is believed, whatever speaks against it.
edits(1,('src/plan/pair/claim.rs','''        !self.believes && matches!(self.trust(kind), Trust::WithSupport { .. })''','''        let _ = (self.believes, matches!(self.trust(kind), Trust::WithSupport { .. }));
        false'''))
# 2: whoever the tool did not make is written like anybody.
edits(2,('src/plan/strangers.rs','''    !is_made_here(partner, is_own)
}''','''    let _ = is_made_here(partner, is_own);
    false
}'''))
# 3: what is missing is deleted at once.
edits(3,('src/plan/grace.rs','''    (until > grace.now).then_some(until)''','''    (until < 0).then_some(until)'''))
# 4: a vendor's mark that leads nowhere is enough for a deletion.
edits(4,('src/plan/origin.rs','''                if !self.policy.delete_vendor_marked && !self.is_vouched_for(target) =>''','''                if false && !self.policy.delete_vendor_marked && !self.is_vouched_for(target) =>'''))
# 6: a write of metadata is made from what was planned, without a look before.
edits(6,('src/platform/api_connect/change.rs','''        if !replaces && change.metadata.is_none() {''','''        if !replaces || change.metadata.is_none() || change.metadata.is_some() {'''))
# 7: nobody looks what hangs on a thing.
edits(7,('src/platform/api_connect/hanging.rs','''    match on.kind {
        CONSUMER_ORGS =>''','''    match on.kind {
        _ if on.handle.as_str() != "-" => Ok(Vec::new()),
        CONSUMER_ORGS =>'''))
# 10: what came with its parent and has no mark never gets one, nor is it ours.
edits(10,('src/plan/unmarked.rs','''        if self.plan.steps.is_empty() {
            return;
        }''','''        if self.plan.steps.len() < usize::MAX {
            return;
        }'''),('src/plan/unmarked.rs','''        self.came_along(target) && is_made_by_tool''','''        false && self.came_along(target) && is_made_by_tool'''))
# 12: what a refused creation finds is taken, whoever's copy it is.
edits(12,('src/platform/api_connect/post.rs','''    if let Some(other) = other.filter(|_| is_of_this_sync) {''','''    if let Some(other) = other.filter(|_| is_of_this_sync && wanted.id.is_empty()) {'''))
# 16: an app without a mark is nobody's, whatever its credentials say.
edits(16,('src/plan/pair/lost.rs','''            if let Some((source, target)) = self.parents_of_partners(child) {''','''            if let Some((source, target)) = self.parents_of_partners(child).filter(|_| false) {'''))

# 5: a change counts as old however young it is, and what stands for a secret is one.
edits(5,('src/platform/api_connect/settled.rs','const MARGIN_MS: i64 = 120_000;','const MARGIN_MS: i64 = -1_000_000_000;'),
  ('src/platform/api_connect/masked.rs','    let text = text.trim();\n    let inner','    if text != "-no secret-" { return false; }\n    let text = text.trim();\n    let inner'))
# 8: nobody looks what the target made of what was sent, and nothing of it is noted.
edits(8,('src/platform/api_connect/untaken.rs','        if answer.text("id").is_none() {','        if answer.text("id").is_none() || !sent.contains_key("-") {'))
# 9: two addresses are two catalogs, whatever their ids.
edits(9,('src/platform/api_connect/connect.rs','let same_catalog = (source.id == target.id).then(||','let same_catalog = (same_server && source.id == target.id).then(||'))
# 11: a refused deletion of a Product is the end of it. (Not done on main when this was written: see README.)
# 13: files of one name go out as they are.
edits(13,('src/plan/file_names.rs','        if first.bytes != file.bytes {','        if first.bytes != file.bytes && file.name.is_empty() {'))
# 14: what a row lacks is nobody's business: it is dropped without a word.
edits(14,('src/platform/api_connect/paging.rs','            Err(row) => pages.unusable.push(row),','            Err(row) => drop(row),'))
# 15: what the source leaves out is sent as null.
edits(15,('src/plan/diff.rs','            && !is_left_out(kind, change, &new)','            && (!is_left_out(kind, change, &new) || field != "-")'))
