//! Names of the parts of a publish. The server tells files apart by name, and joins a WSDL to the API whose document
//! names its file (api-connect-rest.md section 14.2): what a document names is fixed, all other names are chosen so
//! that none is there twice, even where case does not count.

use std::collections::BTreeSet;

use crate::engine::{catalog::CatalogError, change::Bundle, model::File, plan::clash_of_files};

/// The name of the Product's own document, where nothing else has it.
pub(crate) const PRODUCT: &str = "product.json";

/// The names that are given away, as a server compares them that heeds no case.
pub(crate) struct PartNames(BTreeSet<String>);

impl PartNames {
    /// The names that documents give to the files that belong to them.
    ///
    /// # Errors
    /// `MissingOnTarget` where one name is to be two files.
    pub(crate) fn fixed_by(package: &Bundle) -> Result<Self, CatalogError> {
        if let Some(clash) = clash_of_files(package) {
            return Err(CatalogError::MissingOnTarget(clash));
        }
        let files = package.carried.iter().flat_map(|(_, files)| files.iter());
        let fixed = files.filter(|file| file.has_fixed_name);
        Ok(Self(fixed.map(|file| file.name.to_lowercase()).collect()))
    }

    /// The name of the part with a file.
    pub(crate) fn of(&mut self, file: &File) -> String {
        if file.has_fixed_name { file.name.clone() } else { self.take(&file.name) }
    }

    /// A name that nothing else has: this one, or this one with a number.
    pub(crate) fn take(&mut self, wish: &str) -> String {
        let (stem, ending) = wish.rsplit_once('.').unwrap_or((wish, "json"));
        let numbered = (2..).map(|number| format!("{stem}_{number}.{ending}"));
        let mut names = std::iter::once(wish.to_owned()).chain(numbered);
        // There is always a number that nobody has.
        names.find(|name| self.0.insert(name.to_lowercase())).unwrap_or_else(|| wish.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::model::{Address, Files, KindId},
        platform::api_connect::products::documents::{DOCUMENT, WSDL},
    };

    fn file(role: &'static str, name: &str, text: &'static str) -> File {
        File::new(role, name, "text/xml", text, |_| None)
    }

    fn fixed(name: &str, text: &'static str) -> File {
        file(WSDL, name, text).named_by_document()
    }

    fn package(files: Vec<Vec<File>>) -> Bundle {
        let address = Address::new(KindId(0), "a:1");
        Bundle {
            carried: files.into_iter().map(|files| (address.clone(), Files::new(files))).collect(),
            ..Bundle::default()
        }
    }

    #[test]
    fn what_a_document_names_is_fixed_and_the_rest_makes_room() {
        let package = package(vec![
            vec![file(DOCUMENT, "a_1.json", ""), fixed("Product.JSON", "x")],
            vec![file(DOCUMENT, "A_1.json", ""), file(WSDL, "A_1.wsdl", "y")],
            vec![file(DOCUMENT, "a_1.json", ""), file(WSDL, "a_1.wsdl", "z")],
        ]);
        let mut names = PartNames::fixed_by(&package).unwrap();
        assert_eq!(names.take(PRODUCT), "product_2.json");
        let mut all = Vec::new();
        for (_, files) in &package.carried {
            all.extend(files.iter().map(|file| names.of(file)));
        }
        assert_eq!(all, ["a_1.json", "Product.JSON", "A_1_2.json", "A_1.wsdl", "a_1_3.json", "a_1_2.wsdl"]);
    }

    #[test]
    fn one_name_for_two_contents_is_refused_by_name() {
        for (one, other, clashes) in [
            ("s.wsdl", "s.wsdl", true),
            ("s.wsdl", "S.wsdl", true),
            ("a\"b.wsdl", "a%22b.wsdl", true),
            ("a.wsdl", "b.wsdl", false),
        ] {
            for (content, is_clash) in [("y", clashes), ("x", false)] {
                let package = package(vec![vec![fixed(one, "x")], vec![fixed(other, content)]]);
                let found = PartNames::fixed_by(&package);
                assert_eq!(found.is_err(), is_clash, "{one} {other} {content}");
                if let Err(error) = found {
                    assert!(error.to_string().contains(one), "{error}");
                }
            }
        }
    }
}
