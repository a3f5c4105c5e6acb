#!/usr/bin/env python3
"""mutants.py TREE: builds all the ways of breaking the engine into src/ at once; BROKEN=N in the environment chooses one."""
import sys
tree = sys.argv[1]
def edit(path, *changes):
    p=f'{tree}/{path}'; s=open(p).read()
    for old,new in changes:
        if s.count(old)!=1: print('FOUND',s.count(old),path,old[:70]); continue
        s=s.replace(old,new)
    open(p,'w').write(s)
B='crate::broken'
edit('src/lib.rs',) 
s=open(f'{tree}/src/lib.rs').read()
s+='''
/// Which way the engine is broken.
pub(crate) fn broken(way: u32) -> bool {
    static WAY: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *WAY.get_or_init(|| std::env::var("BROKEN").ok().and_then(|it| it.parse().ok()).unwrap_or(0)) == way
}
'''
open(f'{tree}/src/lib.rs','w').write(s)
edit('src/plan/pair/claim.rs',('        !self.believes && matches!(self.trust(kind), Trust::WithSupport { .. })','        !crate::broken(1) && !self.believes && matches!(self.trust(kind), Trust::WithSupport { .. })'))
edit('src/plan/strangers.rs',('    !is_made_here(partner, is_own)\n}','    !crate::broken(2) && !is_made_here(partner, is_own)\n}'))
edit('src/plan/grace.rs',('    (until > grace.now).then_some(until)','    (until > grace.now && !crate::broken(3)).then_some(until)'),
  ('        let foundation = self.kept_foundation(target)?;','        if crate::broken(18) { return None; }\n        let foundation = self.kept_foundation(target)?;'))
edit('src/plan/origin.rs',('                if !self.policy.delete_vendor_marked && !self.is_vouched_for(target) =>','                if !crate::broken(4) && !self.policy.delete_vendor_marked && !self.is_vouched_for(target) =>'))
edit('src/platform/api_connect/settled.rs',('.saturating_sub(changed) >= MARGIN_MS','.saturating_sub(changed) >= if crate::broken(5) { -1_000_000_000 } else { MARGIN_MS }'))
edit('src/platform/api_connect/masked.rs',('    let text = text.trim();\n    let inner','    if crate::broken(5) { return false; }\n    let text = text.trim();\n    let inner'))
edit('src/platform/api_connect/change.rs',('        if !replaces && change.metadata.is_none() {','        if crate::broken(6) || !replaces && change.metadata.is_none() {'))
edit('src/platform/api_connect/hanging.rs',('    match on.kind {\n        CONSUMER_ORGS =>','    match on.kind {\n        _ if crate::broken(7) => Ok(Vec::new()),\n        CONSUMER_ORGS =>'))
edit('src/platform/api_connect/untaken.rs',('        if answer.text("id").is_none() {','        if answer.text("id").is_none() || crate::broken(8) {'))
edit('src/platform/api_connect/connect.rs',('let same_catalog = (source.id == target.id).then(||','let same_catalog = (source.id == target.id && (same_server || !crate::broken(9))).then(||'))
edit('src/plan/unmarked.rs',('        if self.plan.steps.is_empty() {\n            return;','        if crate::broken(10) || self.plan.steps.is_empty() {\n            return;'),
 ('let is_copy = matches!(how, Some(How::Mark | How::ReMark));','let is_copy = matches!(how, Some(How::Mark | How::ReMark)) && !(crate::broken(26) && how == Some(How::ReMark));'),
 ('        self.came_along(target) && is_made_by_tool','        !crate::broken(10) && self.came_along(target) && is_made_by_tool'),
 ('self.is_named_by_parent(self.target, target) || self.is_only_one_born(target))','crate::broken(22) || self.is_named_by_parent(self.target, target) || self.is_only_one_born(target))'))
edit('src/platform/api_connect/product_writer.rs',('    if !may_be_for_its_state || !may_be_archived','    if crate::broken(11) || !may_be_for_its_state || !may_be_archived'))
edit('src/platform/api_connect/post.rs',('other.filter(|_| is_of_this_sync && !is_known_by_name)','other.filter(|_| is_of_this_sync && !is_known_by_name && (!crate::broken(12) || wanted.id.is_empty()))'))
edit('src/plan/file_names.rs',('        if first.bytes != file.bytes {','        if first.bytes != file.bytes && !crate::broken(13) {'))
edit('src/platform/api_connect/paging.rs',('            Err(row) => pages.unusable.push(row),','            Err(row) if crate::broken(14) => drop(row),\n            Err(row) => pages.unusable.push(row),'),
 ('        Err(error) => listing.unusable.push(unusable(row, &error)),','        Err(_) if crate::broken(14) => {}\n        Err(error) => listing.unusable.push(unusable(row, &error)),'))
edit('src/plan/diff.rs',('            && !is_left_out(kind, change, &new)','            && (crate::broken(15) || !is_left_out(kind, change, &new))'))
edit('src/plan/pair/lost.rs',('            if let Some((source, target)) = self.parents_of_partners(child) {','            if let Some((source, target)) = self.parents_of_partners(child).filter(|_| !crate::broken(16)) {'))
edit('src/plan/marks.rs',('            && self.mark_due(source, partner, how) == Some(self.mark_of(source))\n            && self.policy.origin','            && (crate::broken(17) || self.mark_due(source, partner, how) == Some(self.mark_of(source)))\n            && self.policy.origin'))
edit('src/plan/pair/names.rs',('        let mark = self.target[target].mark.as_ref();\n        let origin','        if crate::broken(19) { return false; }\n        let mark = self.target[target].mark.as_ref();\n        let origin'))
edit('src/plan/build.rs',('        held.extend(self.needless_creations());','        if !crate::broken(20) { held.extend(self.needless_creations()); }'))
edit('src/plan/seals.rs',('    if target.ids().any(|idx| target[idx].seal.is_valid()) {','    let counts = |idx: Idx| !crate::broken(21) || is_bound_by_id(target.kinds.row(target[idx].kind));\n    if target.ids().any(|idx| target[idx].seal.is_valid() && counts(idx)) {'))
edit('src/plan/untaken.rs',('let by_likeness = self.keeps_no_notes(target);','let by_likeness = self.keeps_no_notes(target) && !crate::broken(23);'))

edit('src/confirm.rs',('        if let Some((list, reason)) = list {','        if let Some((list, reason)) = list.filter(|_| !crate::broken(24)) {'))
edit('src/plan/pair/claim.rs',('is_of_another && support','!crate::broken(25) && is_of_another && support'))
edit('src/platform/api_connect/post.rs',('    let is_known_by_name = row.trust == Trust::Never','    let is_known_by_name = !crate::broken(27)\n        && row.trust == Trust::Never'))
